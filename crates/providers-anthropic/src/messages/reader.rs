//! How an answer is read.

use std::mem;

use runnable_chat::{AiMessageChunk, message::RateLimit};
use runnable_core::{Chunk, Error, ErrorKind, Result};
use runnable_http::{
    ApiError, Frame,
    chat::{ChatReader, rate_limits, unreadable},
    http::HeaderMap,
    lenient::{self, Halves},
};
use serde_json::{Map, Value};

use super::{
    block::Blocks,
    event::{self, Piece},
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
pub struct AnthropicReader {
    blocks: Blocks,
    usage: UsageSoFar,
    /// The id of the answer, once it has begun.
    id: Option<Option<String>>,
    /// What the headers said, until the first chunk tells it.
    request_id: Option<String>,
    rate_limits: Vec<RateLimit>,
    /// Whether a chunk has told the provider.
    told_provider: bool,
    /// Characters that were cut between two events.
    halves: Halves,
    /// Whether it was said why the model stopped. Nothing but an end comes after that.
    stopped: bool,
    complete: bool,
}

impl AnthropicReader {
    /// The answer begins, or all of it is there.
    fn message(
        &mut self,
        mut message: Map<String, Value>,
        mut chunk: AiMessageChunk,
    ) -> Result<AiMessageChunk> {
        let mut take_text = |key: &str| match message.shift_remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (id, model) = (take_text("id"), take_text("model"));
        for known in ["type", "role"] {
            message.shift_remove(known);
        }
        let usage = match message.shift_remove("usage") {
            Some(Value::Object(usage)) => Some(usage),
            _ => None,
        };
        let content = message.shift_remove("content");
        match &self.id {
            // The same once more, which gateways have done.
            Some(begun) if *begun == id => return Ok(self.about(Map::new(), usage, chunk)),
            // Another answer in the place of one that broke: what was open does not go on in it.
            Some(_) => chunk = self.blocks.stop(None, chunk),
            None => {
                self.told_provider = true;
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
        let content = match content {
            Some(Value::Array(blocks)) => blocks,
            // Some gateways send the text alone, or the one block.
            Some(one) => vec![one],
            None => Vec::new(),
        };
        for block in content.into_iter().filter_map(block_of) {
            chunk = self.blocks.start(None, block, chunk);
            chunk = self.blocks.stop(None, chunk);
            self.blocks.check()?;
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

    /// An event, read field by field.
    fn event(&mut self, kind: &str, mut fields: Map<String, Value>) -> Result<AiMessageChunk> {
        let chunk = AiMessageChunk::default();
        let index = event::number(fields.get("index"));
        Ok(match kind {
            "content_block_delta" => {
                let piece = match fields.shift_remove("delta").and_then(block_of) {
                    Some(delta) => self.blocks.delta(index, delta),
                    None => None,
                };
                piece.map(AiMessageChunk::from).unwrap_or_default()
            }
            "content_block_stop" => {
                let index = index.or(self.blocks.last());
                self.blocks.stop(Some(index.unwrap_or_default()), chunk)
            }
            "message_start" => {
                let message = event::take_object(&mut fields, "message");
                self.message(message.unwrap_or_default(), chunk)?
            }
            "content_block_start" => {
                match fields.shift_remove("content_block").and_then(block_of) {
                    Some(block) => self.blocks.start(index, block, chunk),
                    // Its pieces say what it is.
                    None => self.blocks.stop(index.or(Some(u64::MAX)), chunk),
                }
            }
            "message_delta" | "message_stop" => {
                let delta = event::take_object(&mut fields, "delta").unwrap_or_default();
                let usage = event::take_object(&mut fields, "usage");
                for known in ["type", "delta", "usage"] {
                    fields.shift_remove(known);
                }
                let chunk = self.about(delta, usage, chunk);
                let chunk = self.about(fields, None, chunk);
                match kind {
                    "message_stop" => {
                        self.complete = true;
                        self.last(chunk)
                    }
                    _ => chunk,
                }
            }
            // All at once, though a stream was asked for.
            "message" => self.whole(fields)?,
            _ => {
                // `ping`, and what may be added to the API, is no error.
                let may_tell = kind.is_empty() || kind == "error" || fields.contains_key("error");
                match ApiError::told_by(&Value::Object(fields)).filter(|_| may_tell) {
                    Some(said) => return Err(said.into_error()),
                    None => chunk,
                }
            }
        })
    }

    fn whole(&mut self, message: Map<String, Value>) -> Result<AiMessageChunk> {
        let failed = message.get("type").is_some_and(|kind| kind == "error");
        if failed || !message.contains_key("content") {
            let said = Value::Object(message.clone());
            if let Some(said) = ApiError::told_by(&said) {
                return Err(said.into_error());
            }
        }
        if !message.contains_key("content") {
            // As many as an error may show; a hostile one could be as long as the answer.
            let short = message.keys().filter(|key| key.len() <= 40);
            let fields: Vec<_> = short.take(10).map(|key| format!("`{key}`")).collect();
            let what = format!(
                "the answer is not a message: it has no `content`, but {}",
                if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") }
            );
            return Err(Error::new(ErrorKind::Parse, what));
        }
        let chunk = self.message(message, AiMessageChunk::default())?;
        self.complete = true;
        Ok(chunk)
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "a list",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        _ => "nothing",
    }
}

/// The fields of a block, or of a piece of one. Text that stands alone is a block of text.
fn block_of(block: Value) -> Option<Map<String, Value>> {
    match block {
        Value::Object(fields) => Some(fields),
        Value::String(text) if !text.is_empty() => {
            Some(Map::from_iter([("text".to_owned(), Value::String(text))]))
        }
        _ => None,
    }
}

impl ChatReader for AnthropicReader {
    fn read_headers(&mut self, headers: &HeaderMap) {
        self.rate_limits = rate_limits(headers);
        let id = headers.get("request-id").and_then(|id| id.to_str().ok());
        self.request_id = id.map(str::to_owned);
    }

    fn read_event(&mut self, frame: &Frame) -> Result<Option<AiMessageChunk>> {
        let mut repaired = false;
        let mut chunk = match Piece::read(frame.data()) {
            Some((index, added)) => match self.blocks.add(Some(index), added) {
                Some(piece) => piece.into(),
                None => return Ok(None),
            },
            // What streams of other APIs end with: some gateways add it.
            None if frame.is_keep_alive() || frame.data().trim() == "[DONE]" => return Ok(None),
            None if frame.event() == Some("error") => {
                let said = lenient::value(frame.data());
                let said = said.unwrap_or_else(|_| frame.data().trim().into());
                return Err(ApiError::from_json(&said).into_error());
            }
            None => {
                let fields;
                (fields, repaired) = event::fields(frame)?;
                let kind = event::kind(&fields, frame).to_owned();
                self.event(&kind, fields)?
            }
        };
        self.blocks.check()?;
        if repaired || self.halves.is_waiting() {
            chunk = self.halves.join(chunk);
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        // It goes with the beginning, which may be lost.
        if !mem::replace(&mut self.told_provider, true) {
            chunk = chunk.with_provider(PROVIDER);
        }
        Ok(Some(chunk))
    }

    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        let message = match str::from_utf8(body) {
            Ok(text) => lenient::value(text),
            Err(_) => serde_json::from_slice(body),
        };
        match message.map_err(|source| unreadable(&source).with_source(source))? {
            Value::Object(message) => self.whole(message),
            other => Err(match ApiError::told_by(&other) {
                Some(said) => said.into_error(),
                None => {
                    let what = format!("the answer is not a message, but {}", kind_of(&other));
                    Error::new(ErrorKind::Parse, what)
                }
            }),
        }
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn finish(&mut self) -> Result<Option<AiMessageChunk>> {
        if !self.stopped && !self.complete {
            let what = "the stream ended before the answer was complete: there was no \
                        `message_stop`, and nothing said why the model stopped";
            return Err(Error::new(ErrorKind::Connection, what));
        }
        let mut chunk = self.last(AiMessageChunk::default());
        chunk.merge(self.halves.finish());
        Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
    }
}
