//! A request and its answer, with all attempts.

use std::{future::poll_fn, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use runnable_core::{Error, ErrorKind, Result, RunContext, TimeoutPhase};
use tokio::time::{Instant, sleep, timeout_at};

use super::{retry_policy::HttpRetryPolicy, shared::Shared, timeouts::HttpTimeouts};
use crate::{
    error::{ApiError, excerpt},
    origin::RequestInfo,
    response::{Deadline, Encoding, GuardedBody, HttpResponse, after},
    transport::HttpBody,
};

/// The longest body of an error that is read.
const ERROR_BODY: usize = 64 << 10;

/// The longest that the body of an error is waited for; without it, the error is as good.
const ERROR_BODY_WAIT: Duration = Duration::from_secs(10);

/// A request and its answer, with all attempts.
pub(crate) struct Exchange {
    pub(crate) client: Arc<Shared>,
    pub(crate) origin: RequestInfo,
    /// Those that are not the client's.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) timeouts: HttpTimeouts,
    /// `None` for the default, which leaves to a `retry` around the run what that acts on.
    pub(crate) retry: Option<HttpRetryPolicy>,
    /// The run that makes the request.
    pub(crate) cx: RunContext,
}

impl Exchange {
    /// The answer, by whichever attempt. Apart, as it is large, and who waits for it is so too.
    pub(crate) fn run(self) -> BoxFuture<'static, Result<HttpResponse>> {
        Box::pin(async move { self.answer().await })
    }

    async fn answer(&self) -> Result<HttpResponse> {
        let limit = self.timeouts.total;
        let deadline = limit.and_then(|limit| Some(Deadline { at: after(limit)?, limit }));
        let mut retries = 0;
        loop {
            let error = match self.attempt(deadline).await {
                Ok(answer) => return Ok(answer),
                // A transport may show what its server said.
                Err(error) => self.origin.secrets().mask_error(error),
            };
            if self.retry.is_none() && self.cx.is_retried(&error) {
                return Err(error);
            }
            let made = |error: Error| error.with_attempts(retries + 1);
            let waits = self.retry.unwrap_or_default().wait(error, retries + 1);
            let (wait, error) = waits.map_err(made)?;
            let begins = after(wait);
            if deadline.is_some_and(|deadline| begins.is_none_or(|begins| deadline.at <= begins)) {
                return Err(made(error));
            }
            retries += 1;
            tracing::debug!(%error, ?wait, retries, "try the request again");
            self.cx.emit_retry(retries, wait, &error);
            self.cx.pause(sleep(wait)).await;
        }
    }

    async fn attempt(&self, deadline: Option<Deadline>) -> Result<HttpResponse> {
        let answer = self.in_time(deadline).await?;
        let (mut head, body) = answer.into_parts();
        self.origin.secrets().mask_headers(&mut head.headers);
        let origin = self.origin.clone().answered(&head.headers);
        let is_success = head.status.is_success();
        let gunzip = match Encoding::of(&head.headers) {
            Encoding::None => None,
            Encoding::Gzip(gunzip) => Some(gunzip),
            // An error is worth more than the words that came with it.
            Encoding::Unknown(_) if !is_success => None,
            Encoding::Unknown(name) => return Err(self.unreadable(&name)),
        };
        let silence = self.timeouts.idle;
        let body = GuardedBody::new(body, origin.clone(), silence, deadline, gunzip);
        if is_success {
            let (max_body, max_frame) = (self.client.max_body, self.client.max_frame);
            return Ok(HttpResponse::new(head.status, head.headers, body, max_body, max_frame));
        }
        if head.status.is_redirection() {
            return Err(self.redirected(head.status, &head.headers));
        }
        // Apart: most answers are no errors, and need no room for it.
        let body = Box::pin(beginning(body)).await;
        // Before any of it is cut.
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
        headers
    }

    /// The answer, if its head comes within the limits.
    async fn in_time(&self, deadline: Option<Deadline>) -> Result<http::Response<HttpBody>> {
        let route = &self.client.route;
        let answer = route.send(self.origin.clone(), self.all_headers(), self.body.clone());
        let first_byte = self.timeouts.first_byte.and_then(|limit| Some((after(limit)?, limit)));
        let whole = deadline.map(|deadline| deadline.at);
        let limits = [first_byte.map(|(at, _)| at), whole];
        let Some(at) = limits.into_iter().flatten().min() else { return answer.await };
        let answer = timeout_at(at, answer).await;
        answer.unwrap_or_else(|_| {
            Err(match (first_byte, deadline) {
                (Some((first, limit)), _) if first == at => self.unanswered(limit),
                (_, Some(deadline)) => deadline.error(&self.origin),
                (_, None) => self.unanswered(Duration::ZERO),
            })
        })
    }

    fn unanswered(&self, limit: Duration) -> Error {
        let what =
            format!("{} did not answer {} within {limit:?}", self.origin.host(), self.origin);
        let error = self.origin.failure(ErrorKind::Timeout, what);
        error.with_timeout_phase(TimeoutPhase::FirstChunk)
    }

    fn unreadable(&self, encoding: &str) -> Error {
        let what = format!(
            "{} compressed its answer to {} with {}, which was not asked for and is not understood",
            self.origin.host(),
            self.origin,
            excerpt(encoding, 40),
        );
        self.origin.failure(ErrorKind::Parse, what)
    }

    /// Headers may hold a key, so nothing is sent to where a redirect points.
    fn redirected(&self, status: reqwest::StatusCode, headers: &HeaderMap) -> Error {
        let target = headers.get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.map(|target| {
            // The query may hold what is nobody's business.
            let target = target.split(['?', '#']).next().unwrap_or_default();
            format!(" to {}", excerpt(target, 200))
        });
        let what = format!(
            "{} redirects {}{} ({status}); redirects are not followed, so that no key gets where \
             it does not belong: set the base URL to the place itself",
            self.origin.host(),
            self.origin,
            target.unwrap_or_default(),
        );
        self.origin.failure(ErrorKind::InvalidRequest, what)
    }
}

/// How a body begins, as far as it comes.
async fn beginning(mut body: GuardedBody) -> Vec<u8> {
    let mut begun = Vec::new();
    let read = async {
        while let Some(Ok(piece)) = poll_fn(|cx| body.poll_piece(cx)).await {
            let rest = ERROR_BODY - begun.len();
            begun.extend_from_slice(&piece[..rest.min(piece.len())]);
            if begun.len() >= ERROR_BODY {
                break;
            }
        }
    };
    // Whatever has come by then will do.
    let _ = timeout_at(Instant::now() + ERROR_BODY_WAIT, read).await;
    begun
}
