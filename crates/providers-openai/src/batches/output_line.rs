//! [`OutputLine`]: a line of the files with the results of a batch.

use runnable_chat::{
    AiMessage,
    batch_api::{BatchAnswer, BatchError},
    model::ChatRequest,
};
use runnable_core::{Chunked, Error, ErrorKind, Result};
use runnable_http::{
    ApiError, Frame, RequestInfo,
    chat::{ChatProtocol, ChatReader},
    http::{HeaderMap, HeaderValue},
    lenient,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::protocol::OpenAiProtocol;

/// A line of the files with the results of a batch: the result of one request.
///
/// <https://platform.openai.com/docs/api-reference/batch/request-output>
#[derive(Debug, Deserialize)]
pub(super) struct OutputLine {
    custom_id: String,
    #[serde(default)]
    response: Option<Response>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Response {
    #[serde(default)]
    status_code: Option<u16>,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

impl OutputLine {
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
            let message = "the file with the results of the batch was cut off";
            return Err(Error::new(ErrorKind::Connection, message));
        }
        let repaired = lenient::repaired(line.data());
        Ok(repaired.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Returns the result. `request` is a request with the options of the model.
    pub(super) fn answer(
        self,
        protocol: &OpenAiProtocol,
        request: &ChatRequest,
        origin: &RequestInfo,
    ) -> BatchAnswer {
        let Self { custom_id, response, error } = self;
        let result = match (response, error.filter(|error| !error.is_null())) {
            (Some(response), None) => read(response, protocol, request, origin),
            // A response with an error status can come with an error that says less.
            (Some(response), Some(error)) if response.body.is_some() => {
                match read(response, protocol, request, origin) {
                    Ok(_) => Err(error_of(&error, origin)),
                    failed => failed,
                }
            }
            (_, Some(error)) => Err(error_of(&error, origin)),
            (None, None) => Err(Error::new(ErrorKind::Parse, "the result of the request is empty")),
        };
        BatchAnswer::new(custom_id, result)
    }
}

/// Reads a response with the reader of live responses.
fn read(
    response: Response,
    protocol: &OpenAiProtocol,
    request: &ChatRequest,
    origin: &RequestInfo,
) -> Result<AiMessage> {
    let body = response.body.as_deref().map_or("null", RawValue::get);
    let status = response.status_code.unwrap_or(200);
    if !(200..300).contains(&status) {
        let body: Value = serde_json::from_str(body).unwrap_or_else(|_| body.into());
        return Err(origin.error(ApiError::from_status(status, &body)));
    }
    let mut reader = protocol.reader(request);
    let mut headers = HeaderMap::new();
    if let Some(id) = response.request_id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        headers.insert("x-request-id", id);
    }
    reader.read_headers(&headers);
    let answer = reader.read_body(body.as_bytes()).and_then(AiMessage::from_chunk);
    answer.map_err(|error| origin.unreadable(error))
}

/// Returns the error of a request that was not sent to the model, or whose response is missing.
///
/// <https://platform.openai.com/docs/guides/batch#batch-expiration>
fn error_of(error: &Value, origin: &RequestInfo) -> Error {
    match error["code"].as_str() {
        Some("batch_expired") => BatchError::Expired.into_error(),
        Some("batch_cancelled" | "batch_canceled") => BatchError::Cancelled.into_error(),
        _ => origin.error(ApiError::from_json(&json!({"error": error}))),
    }
}
