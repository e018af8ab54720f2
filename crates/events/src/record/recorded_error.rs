//! [`RecordedError`]: an error in a recording.

use std::{error, iter, time::Duration};

use runnable_core::{Error, TimeoutPhase};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::time_form::optional_milliseconds;

/// The maximum number of causes that are stored, because the causes of an error of another crate
/// can form a cycle.
const CAUSES: usize = 32;

/// An error, as stored in a recording.
///
/// `status`, `code` and `request_id` belong to the [response](Error::response) of a service. They
/// are `None` if the error does not come from a response.
///
/// ```
/// use std::time::Duration;
/// use runnable_core::{Error, ErrorKind, ResponseDetails};
/// use runnable_events::RecordedError;
///
/// let error = Error::new(ErrorKind::RateLimit, "too many requests")
///     .with_response(ResponseDetails::new().status(429))
///     .with_retry_after(Duration::from_millis(1500))
///     .with_source(std::io::Error::other("429"));
/// let recorded = RecordedError::from(&error);
/// assert_eq!(recorded.kind, "rate_limit");
/// assert_eq!(recorded.status, Some(429));
/// assert_eq!(recorded.retry_after, Some(Duration::from_millis(1500)));
/// assert_eq!(recorded.causes, ["429"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedError {
    /// The [kind](runnable_core::ErrorKind::as_str) of the error, such as `rate_limit`.
    pub kind: String,
    /// The message, without the names of the steps in which the error occurred.
    pub message: String,
    /// The HTTP status of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The code by which the service identifies the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The ID that the service gave the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How long the service asks to wait before the next attempt.
    #[serde(
        rename = "retry_after_ms",
        default,
        skip_serializing_if = "Option::is_none",
        with = "optional_milliseconds"
    )]
    pub retry_after: Option<Duration>,
    /// Whether another attempt may succeed.
    #[serde(default)]
    pub transient: bool,
    /// The number of failed attempts. It is 1 if nothing was retried.
    #[serde(default)]
    pub attempts: u32,
    /// The time limit that was exceeded: `call`, `step`, `connect`, `first_chunk` or `idle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_phase: Option<String>,
    /// The ID of the run in which the error occurred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The names of the steps that the error has passed, outermost first.
    #[serde(default)]
    pub path: Vec<String>,
    /// The messages of the causes, from the nearest to the farthest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The fields that are unknown to this version of the crate.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl From<&Error> for RecordedError {
    fn from(error: &Error) -> Self {
        let response = error.response().cloned().unwrap_or_default();
        let causes = iter::successors(error::Error::source(error), |cause| cause.source());
        Self {
            kind: error.kind().as_str().to_owned(),
            message: error.message(),
            status: response.status,
            code: response.code,
            request_id: response.request_id,
            retry_after: error.retry_after(),
            transient: error.is_transient(),
            attempts: error.attempts(),
            timeout_phase: error.timeout_phase().and_then(name_of).map(str::to_owned),
            run_id: error.run_id().map(|id| id.to_string()),
            path: error.path().map(str::to_owned).collect(),
            causes: causes.take(CAUSES).map(ToString::to_string).collect(),
            ..Self::default()
        }
    }
}

fn name_of(phase: TimeoutPhase) -> Option<&'static str> {
    match phase {
        TimeoutPhase::Call => Some("call"),
        TimeoutPhase::Step => Some("step"),
        TimeoutPhase::Connect => Some("connect"),
        TimeoutPhase::FirstChunk => Some("first_chunk"),
        TimeoutPhase::Idle => Some("idle"),
        // A later version of runnable-core can add time limits.
        _ => None,
    }
}
