//! [`Exchange`]: a request and its response, with all attempts.

use std::{future::poll_fn, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use runnable_core::{Error, ErrorKind, Result, RunContext, TimeoutPhase};
use tokio::time::{Instant, sleep, timeout_at};

use super::{retry_policy::HttpRetryPolicy, shared::Shared, timeouts::HttpTimeouts};
use crate::{
    error::{ApiError, excerpt},
    origin::RequestInfo,
    report::OpenReport,
    response::{Deadline, Encoding, GuardedBody, HttpResponse, after},
    transport::HttpBody,
};

/// The maximum number of bytes that are read of the body of an error response.
const ERROR_BODY: usize = 64 << 10;

/// The maximum time to wait for the body of an error response. The error is also useful without the
/// body.
const ERROR_BODY_WAIT: Duration = Duration::from_secs(10);

/// A request and its response, with all attempts.
pub(crate) struct Exchange {
    pub(crate) client: Arc<Shared>,
    pub(crate) origin: RequestInfo,
    /// The headers of this request, in addition to the headers of the client.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) timeouts: HttpTimeouts,
    /// The retry policy. `None` for the default policy, which does not retry errors that an
    /// enclosing `with_retry` retries.
    pub(crate) retry: Option<HttpRetryPolicy>,
    /// The run that makes the request.
    pub(crate) cx: RunContext,
}

impl Exchange {
    /// Returns the response of the first successful attempt. The future is boxed, because it is
    /// large and is part of other large futures.
    pub(crate) fn run(self) -> BoxFuture<'static, Result<HttpResponse>> {
        Box::pin(async move { self.answer().await })
    }

    async fn answer(&self) -> Result<HttpResponse> {
        let limit = self.timeouts.total;
        let deadline = limit.and_then(|limit| Some(Deadline { at: after(limit)?, limit }));
        let mut retries = 0;
        loop {
            let mut report =
                OpenReport::begin(&self.cx, retries + 1, &self.origin, self.body.len());
            let error = match self.attempt(deadline, &mut report).await {
                Ok(answer) => return Ok(answer),
                // A custom transport may include text that the server sent in its error.
                Err(error) => self.origin.secrets().mask_error(error),
            };
            if let Some(report) = report {
                report.fail(&error);
            }
            if self.retry.is_none() && self.cx.is_retried(&error) {
                return Err(error);
            }
            let counted = |error: Error| error.with_attempts(retries + 1);
            let delay = self.retry.unwrap_or_default().wait(error, retries + 1);
            let (wait, error) = delay.map_err(counted)?;
            let next_attempt = after(wait);
            if deadline.is_some_and(|deadline| {
                next_attempt.is_none_or(|next_attempt| deadline.at <= next_attempt)
            }) {
                return Err(counted(error));
            }
            retries += 1;
            tracing::debug!(%error, ?wait, retries, "retrying the request");
            self.cx.emit_retry(retries, wait, &error);
            self.cx.pause(sleep(wait)).await;
        }
    }

    /// Makes one attempt. If it succeeds, the body of the response owns the `report`, and completes
    /// it.
    async fn attempt(
        &self,
        deadline: Option<Deadline>,
        report: &mut Option<Box<OpenReport>>,
    ) -> Result<HttpResponse> {
        let answer = self.in_time(deadline).await?;
        let (mut head, body) = answer.into_parts();
        self.origin.secrets().mask_headers(&mut head.headers);
        let origin = self.origin.clone().answered(&head.headers);
        if let Some(report) = report {
            report.answered(head.status, &origin);
        }
        let is_success = head.status.is_success();
        let gunzip = match Encoding::of(&head.headers) {
            Encoding::None => None,
            Encoding::Gzip(gunzip) => Some(gunzip),
            // For an error status, the error of the service is more useful than an error about the
            // encoding.
            Encoding::Unknown(_) if !is_success => None,
            Encoding::Unknown(name) => return Err(self.unreadable(&name)),
        };
        let silence = self.timeouts.idle;
        let mut body = GuardedBody::new(body, origin.clone(), silence, deadline, gunzip);
        if is_success {
            body.set_report(report.take());
            let (max_body, max_frame) = (self.client.max_body, self.client.max_frame);
            return Ok(HttpResponse::new(head.status, head.headers, body, max_body, max_frame));
        }
        if head.status.is_redirection() {
            return Err(self.redirected(head.status, &head.headers));
        }
        // The future is boxed, because most responses are not errors and should not reserve space
        // for it.
        let body = Box::pin(beginning(body)).await;
        if let Some(report) = report {
            report.received(body.len());
        }
        // Mask the body before any part of it is cut, because a cut could leave a part of a secret.
        let body = origin.secrets().mask_bytes(&body);
        Err(origin.refused(head.status, ApiError::from_answer(head.status, &head.headers, &body)))
    }

    fn all_headers(&self) -> HeaderMap {
        let mut headers = self.client.headers.clone();
        if !self.headers.is_empty() {
            headers.extend(self.headers.clone());
        }
        if self.body.is_empty() {
            headers.remove(CONTENT_TYPE);
        }
        self.cx.propagate(|name, value| add_absent(&mut headers, name, value));
        headers
    }

    /// Sends the request once. Returns the response if its headers arrive within the time limits.
    async fn in_time(&self, deadline: Option<Deadline>) -> Result<http::Response<HttpBody>> {
        let route = &self.client.route;
        let answer = route.send(self.origin.clone(), self.all_headers(), self.body.clone());
        let first_byte = self.timeouts.first_byte.and_then(|limit| Some((after(limit)?, limit)));
        let total = deadline.map(|deadline| deadline.at);
        let limits = [first_byte.map(|(at, _)| at), total];
        let Some(at) = limits.into_iter().flatten().min() else { return answer.await };
        let answer = timeout_at(at, answer).await;
        answer.unwrap_or_else(|_| {
            Err(match (first_byte, deadline) {
                (Some((first, limit)), _) if first == at => self.unanswered(limit),
                (_, Some(deadline)) => deadline.error(&self.origin),
                // This case cannot occur: without limits, the function has returned above.
                (_, None) => self.unanswered(Duration::ZERO),
            })
        })
    }

    fn unanswered(&self, limit: Duration) -> Error {
        let message =
            format!("{} did not respond to {} within {limit:?}", self.origin.host(), self.origin);
        let error = self.origin.failure(ErrorKind::Timeout, message);
        error.with_timeout_phase(TimeoutPhase::FirstChunk)
    }

    fn unreadable(&self, encoding: &str) -> Error {
        let message = format!(
            "{} compressed its response to {} with unsupported encoding {}",
            self.origin.host(),
            self.origin,
            excerpt(encoding, 40),
        );
        self.origin.failure(ErrorKind::Parse, message)
    }

    /// Returns the error for a redirect. Redirects are not followed, because headers may contain a
    /// key, which another host must not receive.
    fn redirected(&self, status: reqwest::StatusCode, headers: &HeaderMap) -> Error {
        let target = headers.get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.map(|target| {
            // Drop the query, because it may contain secrets.
            let target = target.split(['?', '#']).next().unwrap_or_default();
            format!(" to {}", excerpt(target, 200))
        });
        let message = format!(
            "{} redirected {}{} ({status}); redirects are not followed, because they could send the \
             API key to another host; set the base URL to the target of the redirect",
            self.origin.host(),
            self.origin,
            target.unwrap_or_default(),
        );
        self.origin.failure(ErrorKind::InvalidRequest, message)
    }
}

/// Adds a header that a listener provides, unless the program sets a header of this name. A
/// listener must not fail a request, so an invalid header is ignored.
fn add_absent(headers: &mut HeaderMap, name: &str, value: &str) {
    match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        (Ok(name), Ok(value)) => _ = headers.entry(name).or_insert(value),
        _ => tracing::debug!(name, "ignored an invalid header of a listener"),
    }
}

/// Returns the start of a body: the bytes that arrive within the limits of size and time.
async fn beginning(mut body: GuardedBody) -> Vec<u8> {
    let mut start = Vec::new();
    let read = async {
        while let Some(Ok(chunk)) = poll_fn(|cx| body.poll_piece(cx)).await {
            let rest = ERROR_BODY - start.len();
            start.extend_from_slice(&chunk[..rest.min(chunk.len())]);
            if start.len() >= ERROR_BODY {
                break;
            }
        }
    };
    // After a timeout, use the part of the body that has arrived.
    let _ = timeout_at(Instant::now() + ERROR_BODY_WAIT, read).await;
    start
}
