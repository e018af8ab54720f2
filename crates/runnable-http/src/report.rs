//! [`HttpReport`]: the HTTP exchange of one attempt of a request. [`OpenReport`]: the report of an
//! attempt that has not ended.

use std::time::Duration;

use reqwest::StatusCode;
use runnable_core::{Error, RunContext, RunReporter};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{millis, origin::RequestInfo};

/// The HTTP exchange of one attempt of a request.
///
/// The client emits one report for each attempt, as a
/// [`Report`](runnable_core::RunEventData::Report) event with the name [`NAME`](Self::NAME), on the
/// run that was passed with [`context`](crate::HttpRequestBuilder::context): for a model, the run
/// of the model. The client emits the event when the attempt has failed, or when the body of its
/// response has ended, failed or was dropped.
///
/// A report contains neither headers nor bodies. The URL has no query and no credentials, and the
/// secrets of the request are masked in all texts. All times are serialized as milliseconds.
///
/// ```
/// use std::time::Duration;
/// use runnable_http::HttpReport;
///
/// let json = r#"{
///     "attempt": 2, "method": "POST", "url": "https://api.example.org/v1/chat", "status": 200,
///     "request_id": "req_7", "start_ms": 1520, "first_byte_ms": 310.5, "duration_ms": 2040,
///     "request_bytes": 812, "response_bytes": 5120
/// }"#;
/// let report: HttpReport = serde_json::from_str(json).unwrap();
/// assert_eq!(report.start, Duration::from_millis(1520));
/// assert_eq!(report.first_byte, Some(Duration::from_micros(310_500)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HttpReport {
    /// The number of the attempt, counted from 1 for each request.
    pub attempt: u32,
    /// The method, such as `POST`.
    pub method: String,
    /// The scheme, host and path of the URL.
    pub url: String,
    /// The status of the response. `None` if there was no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The ID that the service gave the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The time from the start of the run to the start of the attempt.
    #[serde(rename = "start_ms", with = "millis")]
    pub start: Duration,
    /// The time from the start of the attempt until the status and the headers of the response
    /// arrived. `None` if there was no response.
    #[serde(
        rename = "first_byte_ms",
        default,
        skip_serializing_if = "Option::is_none",
        with = "millis::optional"
    )]
    pub first_byte: Option<Duration>,
    /// The time from the start of the attempt to the end of the body, or to the failure.
    #[serde(rename = "duration_ms", with = "millis")]
    pub duration: Duration,
    /// The size of the body of the request, in bytes.
    pub request_bytes: u64,
    /// The number of received bytes of the body of the response, as they were sent: compressed, if
    /// the service compressed them.
    pub response_bytes: u64,
    /// How long the service asked to wait before the next attempt.
    #[serde(
        rename = "retry_after_ms",
        default,
        skip_serializing_if = "Option::is_none",
        with = "millis::optional"
    )]
    pub retry_after: Option<Duration>,
    /// The message of the error with which the attempt failed. `None` if it did not fail, or if the
    /// response was dropped before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl HttpReport {
    /// The name of the events that contain a report: `http`.
    pub const NAME: &'static str = "http";
}

/// The report of an attempt that has not ended. It is emitted when this value is dropped.
#[derive(Debug)]
pub(crate) struct OpenReport {
    report: HttpReport,
    reporter: RunReporter,
    started: Instant,
}

impl OpenReport {
    /// Starts the report of an attempt. Returns `None` if the run is not observed, so that an
    /// unobserved request has no additional cost.
    pub(crate) fn begin(
        cx: &RunContext,
        attempt: u32,
        origin: &RequestInfo,
        request_bytes: usize,
    ) -> Option<Box<Self>> {
        let reporter = cx.reporter()?;
        let url =
            format!("{}://{}{}", origin.scheme().unwrap_or("http"), origin.host(), origin.path());
        let report = HttpReport {
            attempt,
            method: origin.method().to_string(),
            url: origin.mask(&url).into_owned(),
            start: reporter.elapsed(),
            request_bytes: request_bytes as u64,
            ..HttpReport::default()
        };
        Some(Box::new(Self { report, reporter, started: Instant::now() }))
    }

    /// Records that the status and the headers have arrived. `origin` contains the request ID.
    pub(crate) fn answered(&mut self, status: StatusCode, origin: &RequestInfo) {
        self.report.status = Some(status.as_u16());
        self.report.request_id = origin.request_id().map(str::to_owned);
        self.report.first_byte = Some(self.started.elapsed());
    }

    /// Records that a part of the body has arrived.
    pub(crate) fn received(&mut self, bytes: usize) {
        self.report.response_bytes = self.report.response_bytes.saturating_add(bytes as u64);
    }

    /// Ends the report of an attempt that has failed. The secrets of the request are already masked
    /// in the error.
    pub(crate) fn fail(mut self: Box<Self>, error: &Error) {
        self.report.error = Some(error.message());
        self.report.retry_after = error.retry_after();
        // The body of a response with an error status may contain the ID.
        let response = error.response();
        let id = response.and_then(|response| response.request_id.clone());
        self.report.request_id = self.report.request_id.take().or(id);
    }
}

/// The report is emitted on drop, because an attempt can also end when its future or its body is
/// dropped.
impl Drop for OpenReport {
    fn drop(&mut self) {
        self.report.duration = self.started.elapsed();
        self.reporter.report(HttpReport::NAME, &self.report);
    }
}
