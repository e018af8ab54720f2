//! [`HttpExchange`]: a request that a run has sent over HTTP, and its response.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// A request that a run has sent over HTTP, and its response.
///
/// Read from the reports with the name `http`. Fields that a report does not contain are `None`.
///
/// ```
/// use runnable_events::{RecordedEvent, Trace};
///
/// let event = r#"{"v":"1.0","seq":0,"time":"2026-01-31T12:00:00Z","since_root_ms":80,
///     "elapsed_ms":80,"run_id":"a","name":"model","kind":"chat_model","event":"report",
///     "data":{"name":"http","data":{"attempt":1,"method":"POST","status":429,"duration_ms":75}}}"#;
/// let trace = Trace::from_events([serde_json::from_str::<RecordedEvent>(event).unwrap()]);
/// let exchange = trace.roots().next().unwrap().http().next().unwrap();
/// assert_eq!((exchange.attempt, exchange.status), (1, Some(429)));
/// assert_eq!(exchange.duration.unwrap().as_millis(), 75);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HttpExchange {
    /// The number of the attempt, counted from 1.
    pub attempt: u32,
    /// The HTTP method.
    pub method: Option<String>,
    /// The URL, without secrets.
    pub url: Option<String>,
    /// The status of the response. `None` if there was no response.
    pub status: Option<u16>,
    /// The ID that the service gave the request.
    pub request_id: Option<String>,
    /// The time from the start of the run to the start of the request.
    pub start: Option<Duration>,
    /// The time from the start of the request to the first byte of the response.
    pub first_byte: Option<Duration>,
    /// The time from the start of the request to the end of the response.
    pub duration: Option<Duration>,
    /// The size of the body of the request in bytes.
    pub request_bytes: Option<u64>,
    /// The size of the body of the response in bytes.
    pub response_bytes: Option<u64>,
    /// How long the service asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
    /// The message of the error, if the request failed.
    pub error: Option<String>,
}

impl HttpExchange {
    /// Reads a report. Returns `None` if it is not an object, or if a field has another type.
    pub(super) fn from_report(data: &Value) -> Option<Self> {
        let fields = Fields::deserialize(data).ok()?;
        Some(Self {
            attempt: fields.attempt.unwrap_or(1),
            method: fields.method,
            url: fields.url,
            status: fields.status,
            request_id: fields.request_id,
            start: fields.start_ms.and_then(duration),
            first_byte: fields.first_byte_ms.and_then(duration),
            duration: fields.duration_ms.and_then(duration),
            request_bytes: fields.request_bytes,
            response_bytes: fields.response_bytes,
            retry_after: fields.retry_after_ms.and_then(duration),
            error: fields.error,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    attempt: Option<u32>,
    method: Option<String>,
    url: Option<String>,
    status: Option<u16>,
    request_id: Option<String>,
    start_ms: Option<f64>,
    first_byte_ms: Option<f64>,
    duration_ms: Option<f64>,
    request_bytes: Option<u64>,
    response_bytes: Option<u64>,
    retry_after_ms: Option<f64>,
    error: Option<String>,
}

/// Converts milliseconds to a duration. Returns `None` for a negative or an infinite number.
fn duration(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1e3).ok()
}
