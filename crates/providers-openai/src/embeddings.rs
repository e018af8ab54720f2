//! [Embeddings](https://platform.openai.com/docs/api-reference/embeddings).

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_core::future::BoxFuture;
use runnable_chat::{
    EmbeddingModel,
    embedding::{Embedding, EmbeddingProvider},
};
use runnable_core::{Metadata, Result, RunContext};
use runnable_http::HttpClient;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::OpenAiBuilder;

/// Builds an embedding model of a service that speaks OpenAI's API. Created by
/// [`OpenAiBuilder::embeddings`].
///
/// The model asks for vectors in base64, which are a quarter of the bytes; it also reads vectors that a
/// service sends as numbers. If there are more texts than fit a request, it sends several requests.
///
/// ```no_run
/// use providers_openai::openai;
/// use runnable_chat::prelude::*;
///
/// # async fn example() -> Result<()> {
/// let model = openai("text-embedding-3-small").embeddings().dimensions(256).build()?;
/// let vectors = model.invoke(vec!["a cat".into()]).await?;
/// assert_eq!(vectors[0].len(), 256);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct OpenAiEmbeddingsBuilder {
    builder: OpenAiBuilder,
    batch_size: usize,
    extras: Metadata,
}

impl OpenAiEmbeddingsBuilder {
    pub(crate) fn new(builder: OpenAiBuilder) -> Self {
        Self { builder, batch_size: 2048, extras: Map::new() }
    }

    /// Sets the length of the vectors, for models that can shorten them.
    pub fn dimensions(self, dimensions: usize) -> Self {
        self.extra("dimensions", dimensions)
    }

    /// Sets the largest number of texts in one request. The default is 2048, which is OpenAI's limit; 0
    /// counts as 1.
    #[doc(alias = "chunk_size")]
    pub fn batch_size(mut self, texts: usize) -> Self {
        self.batch_size = texts.max(1);
        self
    }

    /// Adds a field to the request as it is. `null` leaves the field out.
    pub fn extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extras.insert(field.into(), value.into());
        self
    }

    /// Returns the model. Nothing is sent before it is called.
    ///
    /// # Errors
    ///
    /// As [`OpenAiBuilder::build`].
    pub fn build(self) -> Result<EmbeddingModel> {
        let Self { builder, batch_size, extras } = self;
        let (client, provider, model) = builder.into_embeddings_client()?;
        Ok(EmbeddingModel::new(OpenAiEmbeddings { client, provider, model, batch_size, extras }))
    }
}

/// The embedding model that [`OpenAiEmbeddingsBuilder`] builds.
#[derive(Clone, Debug)]
struct OpenAiEmbeddings {
    client: HttpClient,
    provider: Cow<'static, str>,
    model: String,
    batch_size: usize,
    extras: Metadata,
}

impl OpenAiEmbeddings {
    async fn request(&self, texts: &[String], cx: &RunContext) -> Result<Vec<Embedding>> {
        let mut body = json!({"model": self.model, "input": texts, "encoding_format": "base64"});
        if let Value::Object(body) = &mut body {
            body.extend(self.extras.clone());
            body.retain(|_, value| !value.is_null());
        }
        let response = self.client.post("embeddings").json(&body).context(cx).send().await?;
        let Answer { mut data } = response.json().await?;
        data.sort_by_key(|item| item.index);
        Ok(data.into_iter().map(|item| item.embedding.0).collect())
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    index: u64,
    embedding: Vector,
}

/// Decoded where the answer is read: on a thread for blocking work, if it is long.
#[derive(Deserialize)]
#[serde(try_from = "Written")]
struct Vector(Embedding);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Base64(String),
    Numbers(Embedding),
}

impl TryFrom<Written> for Vector {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let text = match written {
            Written::Numbers(numbers) => return Ok(Self(numbers)),
            Written::Base64(text) => text,
        };
        let bytes = BASE64_STANDARD.decode(text);
        let bytes = bytes.map_err(|error| format!("cannot read a vector: {error}"))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        match rest {
            [] => Ok(Self(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())),
            _ => Err(format!("cannot read a vector: {} bytes are not 32-bit numbers", bytes.len())),
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
