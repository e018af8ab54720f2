//! How an answer is read.

use std::mem;

use providers_http::{
    ApiError, Frame,
    chat::{ChatReader, rate_limits},
    http::HeaderMap,
};
use runnable_chat::{AiMessageChunk, model::RateLimit};
use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

use super::{
    blocks::Blocks,
    event::{self, Event, MessageDelta},
    usage::UsageSoFar,
};

/// The provider that made an answer, as its message says.
pub(super) const PROVIDER: &str = "anthropic";

/// Reads one answer of the Messages API, whole or streamed: a whole one goes through the same steps
/// as the events of a stream.
///
/// Besides the content, the message has in its `metadata`: `usage` as the service wrote it,
/// `stop_sequence`, `stop_details`, `container`, `context_management`, `request_id`, and whatever
/// else the service says of the answer. What the headers `anthropic-ratelimit-…` say is in its
/// `rate_limits`.
#[derive(Debug, Default)]
pub struct MessagesReader {
    blocks: Blocks,
    usage: UsageSoFar,
    /// The id of the answer, once it has begun.
    id: Option<Option<String>>,
    /// What the headers said, until the first chunk tells it.
    request_id: Option<String>,
    rate_limits: Vec<RateLimit>,
    /// Whether it was said why the model stopped. Nothing but an end comes after that.
    stopped: bool,
    complete: bool,
}

impl MessagesReader {
    /// The answer begins, or all of it is there.
    fn message(
        &mut self,
        mut message: Map<String, Value>,
        mut chunk: AiMessageChunk,
    ) -> Result<AiMessageChunk> {
        let mut take_text = |key: &str| match message.remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (id, model) = (take_text("id"), take_text("model"));
        for known in ["type", "role"] {
            message.remove(known);
        }
        let usage = match message.remove("usage") {
            Some(Value::Object(usage)) => Some(usage),
            _ => None,
        };
        let content = message.remove("content");
        match &self.id {
            // The same once more, which gateways have done.
            Some(begun) if *begun == id => return Ok(self.about(Map::new(), usage, chunk)),
            // Another answer in the place of one that broke: what was open does not go on in it.
            Some(_) => chunk = self.blocks.stop(None, chunk),
            None => {
                chunk = chunk.with_provider(PROVIDER);
                if let Some(model) = model {
                    chunk = chunk.with_model(model);
                }
                if let Some(id) = &id {
                    chunk = chunk.with_id(id.clone());
                }
                if let Some(id) = self.request_id.take() {
                    chunk = chunk.with_metadata("request_id", id);
                }
                chunk = chunk.with_rate_limits(mem::take(&mut self.rate_limits));
                self.id = Some(id);
            }
        }
        if let Some(Value::Array(blocks)) = content {
            for block in blocks {
                if let Value::Object(fields) = block {
                    chunk = self.blocks.start(None, fields, chunk);
                    chunk = self.blocks.stop(None, chunk);
                    self.blocks.check()?;
                }
            }
        }
        Ok(self.about(message, usage, chunk))
    }

    /// What is said of the answer besides its content.
    fn about(
        &mut self,
        fields: Map<String, Value>,
        usage: Option<Map<String, Value>>,
        mut chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        for (key, value) in fields {
            chunk = match (key.as_str(), value) {
                (_, Value::Null) => chunk,
                ("stop_reason", Value::String(reason)) if reason.is_empty() => chunk,
                ("stop_reason", Value::String(reason)) => {
                    self.stopped = true;
                    chunk.with_raw_finish_reason(reason)
                }
                (_, value) => chunk.with_metadata(key, value),
            };
        }
        if let Some(usage) = usage {
            self.usage.merge(usage);
            if let Some(count) = self.usage.count() {
                chunk = chunk.with_usage(count);
                if let Some(raw) = self.usage.news() {
                    chunk = chunk.with_metadata("usage", raw);
                }
            }
        }
        chunk
    }

    /// What was kept until the end.
    fn last(&mut self, chunk: AiMessageChunk) -> AiMessageChunk {
        let chunk = self.blocks.stop(None, chunk);
        match self.usage.rest() {
            Some(raw) => chunk.with_metadata("usage", raw),
            None => chunk,
        }
    }

    /// An event of a kind that comes seldom.
    fn seldom(&mut self, kind: &str, frame: &Frame) -> Result<AiMessageChunk> {
        let chunk = AiMessageChunk::default();
        Ok(match kind {
            "message_start" => {
                let start: event::MessageStart = frame.json()?;
                self.message(start.message, chunk)?
            }
            "content_block_start" => {
                let start: event::BlockStart = frame.json()?;
                self.blocks.start(start.index, start.content_block, chunk)
            }
            "message_delta" | "message_stop" => {
                let MessageDelta { delta, usage, mut rest } = frame.json()?;
                rest.remove("type");
                let chunk = self.about(delta.unwrap_or_default(), usage, chunk);
                let chunk = self.about(rest, None, chunk);
                match kind {
                    "message_stop" => {
                        self.complete = true;
                        self.last(chunk)
                    }
                    _ => chunk,
                }
            }
            // All at once, though a stream was asked for.
            "message" => self.whole(frame.json()?)?,
            _ => {
                let event: Value = frame.json()?;
                let failed = kind == "error"
                    || frame.event() == Some("error")
                    || event.get("error").is_some_and(|error| !error.is_null());
                if failed {
                    return Err(ApiError::from_json(&event).into_error());
                }
                // `ping`, and what may be added to the API.
                chunk
            }
        })
    }

    fn whole(&mut self, message: Map<String, Value>) -> Result<AiMessageChunk> {
        let failed = message.get("type").is_some_and(|kind| kind == "error");
        if failed || (!message.contains_key("content") && message.contains_key("error")) {
            return Err(ApiError::from_json(&Value::Object(message)).into_error());
        }
        if !message.contains_key("content") {
            // As many as an error may show; a hostile one could be as long as the answer.
            let short = message.keys().filter(|key| key.len() <= 40);
            let fields: Vec<_> = short.take(10).map(|key| format!("`{key}`")).collect();
            let what = format!(
                "the answer is no message: it has no `content`, but {}",
                if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") }
            );
            return Err(Error::new(ErrorKind::Parse, what));
        }
        let chunk = self.message(message, AiMessageChunk::default())?;
        self.complete = true;
        Ok(chunk)
    }
}

/// What streams of other APIs end with: some gateways add it.
const DONE: &str = "[DONE]";

/// What is made of data that is no JSON object.
fn no_event(frame: &Frame, error: Error) -> Result<Option<AiMessageChunk>> {
    match frame.data().trim() {
        text if frame.event() == Some("error") => {
            Err(ApiError::from_json(&Value::String(text.to_owned())).into_error())
        }
        _ => Err(error),
    }
}

impl ChatReader for MessagesReader {
    fn read_headers(&mut self, headers: &HeaderMap) {
        self.rate_limits = rate_limits(headers);
        let id = headers.get("request-id").and_then(|id| id.to_str().ok());
        self.request_id = id.map(str::to_owned);
    }

    fn read_event(&mut self, frame: &Frame) -> Result<Option<AiMessageChunk>> {
        // Not by way of an error, which takes far longer to make than the event is long.
        if frame.data().trim() == DONE {
            return Ok(None);
        }
        let event: Event<'_> = match frame.json() {
            Ok(event) => event,
            Err(error) => return no_event(frame, error),
        };
        let kind = match &*event.kind {
            "" => frame.event().unwrap_or_default(),
            kind => kind,
        };
        let chunk = match kind {
            "content_block_delta" => {
                let piece = self.blocks.delta(event, frame)?;
                self.blocks.check()?;
                return Ok(piece.map(AiMessageChunk::from));
            }
            "content_block_stop" => {
                let index = event.index.or(self.blocks.last());
                self.blocks.stop(Some(index.unwrap_or_default()), AiMessageChunk::default())
            }
            kind => self.seldom(kind, frame)?,
        };
        self.blocks.check()?;
        Ok(Some(chunk).filter(|chunk| *chunk != AiMessageChunk::default()))
    }

    fn read_whole(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        let message = serde_json::from_slice(body).map_err(|source| {
            let what = format!("the answer is no message: {source}");
            Error::new(ErrorKind::Parse, what).caused_by(source)
        })?;
        self.whole(message)
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn end(&mut self) -> Result<Option<AiMessageChunk>> {
        if !self.stopped && !self.complete {
            let what = "the stream ended before the answer was complete: there was no \
                        `message_stop`, and nothing said why the model stopped";
            return Err(Error::new(ErrorKind::Connection, what));
        }
        let chunk = self.last(AiMessageChunk::default());
        Ok(Some(chunk).filter(|chunk| *chunk != AiMessageChunk::default()))
    }
}
