//! The API for [embeddings](https://platform.openai.com/docs/api-reference/embeddings).

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_core::future::BoxFuture;
use runnable_chat::{
    Usage,
    embedding::{Embedding, EmbeddingProvider},
    metering::USAGE_REPORT,
};
use runnable_core::{Metadata, Result, RunContext};
use runnable_http::{ApiError, HttpClient};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::wire::{Count, List, fields};

/// An embedding model of OpenAI, or of another service with the same API.
#[derive(Clone, Debug)]
pub(crate) struct OpenAiEmbeddings {
    client: HttpClient,
    provider: Cow<'static, str>,
    model: String,
    path: Cow<'static, str>,
    /// The maximum number of texts in one request.
    pub(crate) batch_size: usize,
    /// Additional fields of the request.
    pub(crate) extras: Metadata,
}

impl OpenAiEmbeddings {
    pub(crate) fn new(
        client: HttpClient,
        provider: Cow<'static, str>,
        model: String,
        path: Cow<'static, str>,
    ) -> Self {
        Self { client, provider, model, path, batch_size: 2048, extras: Map::new() }
    }

    async fn request(&self, texts: &[String], cx: &RunContext) -> Result<Vec<Embedding>> {
        let mut body = json!({"model": self.model, "input": texts, "encoding_format": "base64"});
        if let Value::Object(body) = &mut body {
            body.extend(self.extras.clone());
            body.retain(|_, value| !value.is_null());
        }
        let response = self.client.post(&self.path).json(&body).context(cx).send().await?;
        let answer: Answer = response.json().await?;
        if let Some(usage) = answer.usage {
            cx.emit_report(USAGE_REPORT, &usage);
        }
        Ok(answer.vectors())
    }
}

/// The items of an answer, and its usage.
#[derive(Deserialize)]
#[serde(try_from = "Fields")]
struct Answer {
    items: List<Item>,
    usage: Option<Usage>,
}

fields! {
    /// The fields of an answer.
    struct Fields {
        data: Option<List<Item>>,
        error: Option<Value>,
        usage: Option<Tokens>,
    }

    /// The token usage. An answer with vectors has no output tokens.
    struct Tokens {
        prompt_tokens: Count,
        total_tokens: Count,
    }

    /// A vector, and the index of its text.
    struct Item {
        index: Count,
        embedding: Option<Vector>,
    }
}

impl TryFrom<Fields> for Answer {
    type Error = &'static str;

    fn try_from(Fields { data, error, usage }: Fields) -> Result<Self, Self::Error> {
        let data = data.ok_or("missing field `data`")?;
        if data.0.is_empty() && ApiError::told_by(&json!({"error": error})).is_some() {
            return Err("expected embeddings, found an error");
        }
        let tokens = usage.and_then(|usage| usage.prompt_tokens.or(usage.total_tokens).0);
        // Some services state zeros in place of a usage that they do not know.
        let usage = tokens.filter(|tokens| *tokens > 0).map(|tokens| Usage::new(tokens, 0));
        Ok(Self { items: data, usage })
    }
}

impl Answer {
    /// Returns the vectors in the order of their texts.
    fn vectors(self) -> Vec<Embedding> {
        let items = self.items.into_iter().filter_map(|item| Some((item.index, item.embedding?.0)));
        // If an item has no index, its position is its index.
        let indexed =
            |(place, (index, vector)): (u64, (Count, _))| (index.0.unwrap_or(place), vector);
        let mut vectors: Vec<_> = (0..).zip(items).map(indexed).collect();
        vectors.sort_by_key(|(index, _)| *index);
        vectors.into_iter().map(|(_, vector)| vector).collect()
    }
}

/// A decoded vector. A vector is decoded while the JSON of the response is parsed. If the response
/// is long, this happens on a thread for blocking work.
#[derive(Debug, Deserialize)]
#[serde(try_from = "EncodedVector")]
struct Vector(Embedding);

/// A vector in one of the two forms that services send.
#[derive(Deserialize)]
#[serde(untagged)]
enum EncodedVector {
    Base64(String),
    Numbers(Embedding),
    /// A vector in a list of its own, as llama.cpp sends it.
    Nested([Embedding; 1]),
}

impl TryFrom<EncodedVector> for Vector {
    type Error = String;

    fn try_from(encoded: EncodedVector) -> Result<Self, String> {
        let text = match encoded {
            EncodedVector::Numbers(numbers) | EncodedVector::Nested([numbers]) => {
                return Ok(Self(numbers));
            }
            EncodedVector::Base64(text) => text,
        };
        let bytes = BASE64_STANDARD.decode(text);
        let bytes =
            bytes.map_err(|error| format!("invalid base64 in an embedding vector: {error}"))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        match rest {
            [] => Ok(Self(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())),
            _ => Err(format!(
                "invalid embedding vector: its length of {} bytes is not a multiple of 4",
                bytes.len()
            )),
        }
    }
}

impl EmbeddingProvider for OpenAiEmbeddings {
    fn run_name(&self) -> &str {
        "OpenAIEmbeddings"
    }

    fn provider(&self) -> Option<&str> {
        Some(&self.provider)
    }

    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        let model = self.clone();
        Box::pin(async move {
            let mut vectors = Vec::with_capacity(texts.len());
            for texts in texts.chunks(model.batch_size) {
                vectors.extend(model.request(texts, &cx).await?);
            }
            Ok(vectors)
        })
    }
}
