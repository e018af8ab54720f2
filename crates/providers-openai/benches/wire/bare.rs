//! A minimal client, with which the model is compared.

use std::{borrow::Cow, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use memchr::memmem;
use reqwest::redirect::Policy;
use runnable_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    sample::{MODEL, QUESTION},
    server::Address,
};

/// An HTTP client, and the URL of its requests.
pub(crate) struct Client {
    client: reqwest::Client,
    url: String,
}

/// How much of a complete response is read.
#[derive(Clone, Copy)]
pub(crate) enum Read {
    /// Only the text, without a copy. This is the least that a client must read.
    Text,
    /// The complete JSON, as most programs read it.
    Value,
}

/// The request body. It is serialized for each request, because the requests of a batch usually
/// differ.
#[derive(Serialize)]
struct Ask<'a> {
    model: &'a str,
    messages: [Said<'a>; 1],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The part of a response or of an event that is read.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow, alias = "message")]
    delta: Delta<'a>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Text<'a>>,
}

/// Text that is borrowed. serde borrows text inside an `Option` only through a type with this
/// attribute.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Client {
    /// Creates a client with the same settings as the client of a model.
    pub(crate) fn new(address: &Address) -> Result<Self> {
        // The process can have only one cryptography provider. Installing it again is an error,
        // which can be ignored.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(failed)?;
        Ok(Self { client, url: format!("{}/chat/completions", address.0) })
    }

    async fn post(&self, stream: bool) -> Result<reqwest::Response> {
        let ask = Ask {
            model: MODEL,
            messages: [Said { role: "user", content: QUESTION }],
            stream,
            stream_options: stream.then_some(StreamOptions { include_usage: true }),
        };
        let body = serde_json::to_vec(&ask).map_err(failed)?;
        let request = self.client.post(&self.url).bearer_auth("x");
        let request = request.header("content-type", "application/json").body(body);
        request.send().await.map_err(failed)
    }

    /// Returns the number of bytes of text in a streamed response.
    pub(crate) async fn stream(&self) -> Result<usize> {
        let mut pieces = self.post(true).await?.bytes_stream();
        let (blank_line, mut text) = (memmem::Finder::new(b"\n\n"), 0);
        let mut rest: Vec<u8> = Vec::new();
        while let Some(piece) = pieces.next().await {
            rest.extend_from_slice(&piece.map_err(failed)?);
            let mut read = 0;
            while let Some(length) = blank_line.find(&rest[read..]) {
                text += text_of(&rest[read..read + length])?;
                read += length + 2;
            }
            rest.drain(..read);
        }
        Ok(text)
    }

    /// Returns the number of bytes of text in many responses. The texts are collected, because a
    /// batch of a model also returns all answers.
    pub(crate) async fn batch(&self, requests: usize, at_once: usize, how: Read) -> Result<usize> {
        let answers = (0..requests).map(|_| async {
            let body = self.post(false).await?.bytes().await.map_err(failed)?;
            match how {
                Read::Text => read(&body, |text| text.to_owned()),
                Read::Value => {
                    let answer: Value = serde_json::from_slice(&body).map_err(failed)?;
                    let text = answer["choices"][0]["message"]["content"].as_str();
                    Ok(text.unwrap_or_default().to_owned())
                }
            }
        });
        let texts = stream::iter(answers).buffer_unordered(at_once);
        let texts: Vec<String> = texts.try_collect().await?;
        Ok(texts.iter().map(String::len).sum())
    }
}

fn text_of(event: &[u8]) -> Result<usize> {
    match event.strip_prefix(b"data: ") {
        Some(b"[DONE]") | None => Ok(0),
        Some(data) => read(data, str::len),
    }
}

fn read<T: Default>(json: &[u8], look: impl Fn(&str) -> T) -> Result<T> {
    let answer: Answer<'_> = serde_json::from_slice(json).map_err(failed)?;
    let text = answer.choices.first().and_then(|choice| choice.delta.content.as_ref());
    Ok(text.map(|text| look(&text.0)).unwrap_or_default())
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::wrap(ErrorKind::Other, error)
}
