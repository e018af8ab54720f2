//! A provider with a very simple API: JSON that is a message, or events that are words.

use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use provider_fixture_tests::{Case, catalog::Catalog};
use runnable_chat::{
    AiMessage, ChatModel,
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::ChunkStream;
use runnable_http::{
    ApiError, Bytes, ContentType, Decoder, FrameError, HttpClient, HttpRetryPolicy,
};
use serde_json::Value;

/// The catalog of the provider `echo`, with deliberate mistakes in reading.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Echo {
    Right,
    /// Reads the received chunks directly, so that a cut word counts as two words.
    ByPiece,
    Panicking,
}

impl Catalog for Echo {
    fn model(&self, case: &Case, url: &str, retry: HttpRetryPolicy) -> Result<Option<ChatModel>> {
        if case.provider() != "echo" {
            return Ok(None);
        }
        let client = HttpClient::builder(url).retry_policy(retry).build()?;
        Ok(Some(ChatModel::new(Provider { client, echo: *self })))
    }
}

#[derive(Debug)]
struct Provider {
    client: HttpClient,
    echo: Echo,
}

impl ChatProvider for Provider {
    fn run_name(&self) -> &str {
        "Echo"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        assert!(!matches!(self.echo, Echo::Panicking), "a reader with a bug");
        let by_piece = matches!(self.echo, Echo::ByPiece);
        ChunkStream::new(stream::once(read(self.client.clone(), by_piece)).try_flatten())
    }
}

async fn read(
    client: HttpClient,
    by_piece: bool,
) -> Result<BoxStream<'static, Result<AiMessageChunk>>> {
    let response = client.post("chat").body("{}").send().await?;
    if by_piece {
        return Ok(response.frames(Pieces::default()).boxed());
    }
    if response.content_type() == ContentType::Json {
        let message: AiMessage = serde_json::from_slice(&response.bytes().await?)?;
        return Ok(stream::iter([Ok(message.into_chunk())]).boxed());
    }
    let words = response.sse().map(|event| {
        let event = event?;
        match event.event() {
            Some("error") => Err(ApiError::from_json(&event.json::<Value>()?).into_error()),
            _ => Ok(AiMessageChunk::new(event.data())),
        }
    });
    Ok(words.boxed())
}

/// Treats each received chunk as a word.
#[derive(Debug, Default)]
struct Pieces(Option<Bytes>);

impl Decoder for Pieces {
    type Frame = AiMessageChunk;

    fn push(&mut self, bytes: Bytes) {
        self.0 = Some(bytes);
    }

    fn finish(&mut self) {}

    fn next(&mut self) -> Option<std::result::Result<AiMessageChunk, FrameError>> {
        let piece = self.0.take()?;
        Some(Ok(AiMessageChunk::new(String::from_utf8_lossy(&piece).into_owned())))
    }

    fn set_limit(&mut self, _: usize) {}
}
