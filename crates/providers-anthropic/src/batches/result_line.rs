//! [`ResultLine`]: a line of the results of a batch.

use runnable_chat::{
    AiMessage,
    batch_api::{BatchAnswer, BatchError},
};
use runnable_core::{Chunked, Error, ErrorKind, Result};
use runnable_http::{ApiError, Frame, RequestInfo, chat::ChatReader, lenient};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::messages::AnthropicReader;

/// A line of the results of a batch: the result of one request.
///
/// <https://platform.claude.com/docs/en/api/messages/batches/results>
#[derive(Debug, Deserialize)]
pub(super) struct ResultLine {
    custom_id: String,
    result: RequestResult,
}

#[derive(Debug, Deserialize)]
struct RequestResult {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<Value>,
}

impl ResultLine {
    /// Parses a line. Returns `None` if it is not a result, in which case the request has no
    /// result.
    ///
    /// # Errors
    ///
    /// Returns [`Connection`](ErrorKind::Connection) if the line was cut off.
    pub(super) fn parse(line: &Frame) -> Result<Option<Self>> {
        if let Ok(parsed) = serde_json::from_str(line.data()) {
            return Ok(Some(parsed));
        }
        if !line.is_complete() {
            let message = "the results of the batch were cut off";
            return Err(Error::new(ErrorKind::Connection, message));
        }
        let repaired = lenient::repaired(line.data());
        Ok(repaired.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Returns the result, which is read like the answer to a live request.
    pub(super) fn answer(self, mut reader: AnthropicReader, origin: &RequestInfo) -> BatchAnswer {
        let Self { custom_id, result } = self;
        let result = match (&*result.kind, &result.message) {
            ("canceled" | "cancelled", _) => Err(BatchError::Cancelled.into_error()),
            ("expired", _) => Err(BatchError::Expired.into_error()),
            (_, Some(message)) => {
                let answer = reader.read_body(message.get().as_bytes());
                answer.and_then(AiMessage::from_chunk).map_err(|error| origin.unreadable(error))
            }
            _ => {
                let error = result.error.unwrap_or_default();
                Err(origin.error(ApiError::from_json(&error)))
            }
        };
        BatchAnswer::new(custom_id, result)
    }
}
