//! Decodes responses.

use std::mem;

use runnable_chat::{AiMessageChunk, message::RateLimit};
use runnable_core::{Chunk, Error, ErrorKind, Result};
use runnable_http::{
    ApiError, Frame,
    chat::{ChatReader, rate_limits, unreadable},
    http::HeaderMap,
    lenient::{self, Halves},
};
use serde_json::{Map, Value, json};

use super::{
    block::Blocks,
    event::{self, Piece},
    usage::UsageSoFar,
};

/// The provider name of the answers.
pub(super) const PROVIDER: &str = "anthropic";

/// Decodes one response of the Messages API, complete or streamed.
///
/// The `metadata` of the message contains `usage` as the service sent it, `stop_sequence`,
/// `stop_details`, `container`, `context_management`, `request_id`, and all additional fields. The
/// `rate_limits` of the message are read from the headers `anthropic-ratelimit-…`.
#[derive(Debug, Default)]
pub struct AnthropicReader {
    blocks: Blocks,
    usage: UsageSoFar,
    /// The ID of the answer. The outer `Option` is `None` until the answer starts; the inner one is
    /// `None` if the service sent no ID.
    id: Option<Option<String>>,
    /// The request ID from the headers, until it is added to the first chunk.
    request_id: Option<String>,
    rate_limits: Vec<RateLimit>,
    /// Whether a chunk with the provider name was returned.
    emitted_provider: bool,
    /// Joins characters that were split between two events.
    halves: Halves,
    /// Whether a stop reason was received. After it, only the event that ends the stream is
    /// missing.
    stopped: bool,
    complete: bool,
}

impl AnthropicReader {
    /// Processes the start of an answer, or a complete answer.
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
            // Some gateways send the start twice.
            Some(current) if *current == id => {
                return Ok(self.add_fields(Map::new(), usage, chunk));
            }
            // The service has restarted the answer, with another ID. End the open blocks, because
            // the new answer has its own blocks.
            Some(_) => chunk = self.blocks.stop(None, chunk),
            None => {
                self.emitted_provider = true;
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
            // Some gateways send a text, or a single block, instead of a list.
            Some(single) => vec![single],
            None => Vec::new(),
        };
        for block in content.into_iter().filter_map(block_of) {
            chunk = self.blocks.start(None, block, chunk);
            chunk = self.blocks.stop(None, chunk);
            self.blocks.check()?;
        }
        Ok(self.add_fields(message, usage, chunk))
    }

    /// Processes the fields of an answer other than its content.
    fn add_fields(
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
                if let Some(raw) = self.usage.latest() {
                    chunk = chunk.with_metadata("usage", raw);
                }
            }
        }
        chunk
    }

    /// Adds everything that was not returned before to the chunk, at the end of the answer.
    fn last(&mut self, chunk: AiMessageChunk) -> AiMessageChunk {
        let chunk = self.blocks.stop(None, chunk);
        match self.usage.rest() {
            Some(raw) => chunk.with_metadata("usage", raw),
            None => chunk,
        }
    }

    /// Processes an event field by field.
    fn event(&mut self, kind: &str, mut fields: Map<String, Value>) -> Result<AiMessageChunk> {
        let chunk = AiMessageChunk::default();
        let index = event::number(fields.get("index"));
        Ok(match kind {
            "content_block_delta" => {
                let block_chunk = match fields.shift_remove("delta").and_then(block_of) {
                    Some(delta) => self.blocks.delta(index, delta),
                    None => None,
                };
                block_chunk.map(AiMessageChunk::from).unwrap_or_default()
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
                    // The start of the block is unreadable. The kind of the block will be
                    // recognized by its parts, so only end the previous block at this index.
                    None => self.blocks.stop(index.or(Some(u64::MAX)), chunk),
                }
            }
            "message_delta" | "message_stop" => {
                let delta = event::take_object(&mut fields, "delta").unwrap_or_default();
                let usage = event::take_object(&mut fields, "usage");
                for known in ["type", "delta", "usage"] {
                    fields.shift_remove(known);
                }
                let chunk = self.add_fields(delta, usage, chunk);
                let chunk = self.add_fields(fields, None, chunk);
                match kind {
                    "message_stop" => {
                        self.complete = true;
                        self.last(chunk)
                    }
                    _ => chunk,
                }
            }
            // The service has sent a complete answer, although a stream was requested.
            "message" => self.whole(fields)?,
            _ => {
                // Ignore `ping` and types that may be added to the API.
                let may_be_error =
                    kind.is_empty() || kind == "error" || fields.contains_key("error");
                match ApiError::told_by(&Value::Object(fields)).filter(|_| may_be_error) {
                    Some(error) => return Err(error.into_error()),
                    None => chunk,
                }
            }
        })
    }

    fn whole(&mut self, message: Map<String, Value>) -> Result<AiMessageChunk> {
        let failed = message.get("type").is_some_and(|kind| kind == "error");
        let is_empty = match message.get("content") {
            None | Some(Value::Null) => true,
            Some(Value::Array(blocks)) => blocks.is_empty(),
            Some(_) => false,
        };
        let error = if failed || is_empty {
            ApiError::told_by(&Value::Object(message.clone()))
        } else {
            message.get("error").and_then(|error| ApiError::told_by(&json!({"error": error})))
        };
        if let Some(error) = error {
            return Err(error.into_error());
        }
        if !message.contains_key("content") {
            // Limit the list, because a hostile response could contain very many or very long
            // names.
            let short = message.keys().filter(|key| key.len() <= 40);
            let fields: Vec<_> = short.take(10).map(|key| format!("`{key}`")).collect();
            let message = format!(
                "invalid response: missing `content`; it has {}",
                if fields.is_empty() { "no fields".to_owned() } else { fields.join(", ") }
            );
            return Err(Error::new(ErrorKind::Parse, message));
        }
        let chunk = self.message(message, AiMessageChunk::default())?;
        self.complete = true;
        Ok(chunk)
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "an array",
        Value::String(_) => "a string",
        Value::Number(_) => "a number",
        _ => "null",
    }
}

/// Returns the fields of a content block. A string is converted to the fields of a text block.
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
                Some(block_chunk) => block_chunk.into(),
                None => return Ok(None),
            },
            // Some gateways end a stream with `[DONE]`, the mark of another API.
            None if frame.is_keep_alive() || frame.data().trim() == "[DONE]" => return Ok(None),
            None if frame.event() == Some("error") => {
                let error = lenient::value(frame.data());
                let error = error.unwrap_or_else(|_| frame.data().trim().into());
                return Err(ApiError::from_json(&error).into_error());
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
        // The first chunk contains the provider name. If the start of the answer is missing, add
        // the name to this chunk.
        if !mem::replace(&mut self.emitted_provider, true) {
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
                Some(error) => error.into_error(),
                None => {
                    let message_text = format!(
                        "invalid response: expected a JSON object, found {}",
                        kind_of(&other)
                    );
                    Error::new(ErrorKind::Parse, message_text)
                }
            }),
        }
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn finish(&mut self) -> Result<Option<AiMessageChunk>> {
        if !self.stopped && !self.complete {
            let message = "the stream ended before the answer was complete: received neither \
                        `message_stop` nor a stop reason";
            return Err(Error::new(ErrorKind::Connection, message));
        }
        let mut chunk = self.last(AiMessageChunk::default());
        chunk.merge(self.halves.finish());
        Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
    }
}
