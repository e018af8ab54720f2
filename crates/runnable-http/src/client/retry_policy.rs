//! [`HttpRetryPolicy`]: which requests are retried, how often, and with which delays.

use std::time::Duration;

use runnable_core::{Backoff, Error, ErrorKind, Result, TimeoutPhase};

use crate::error::ApiError;

/// Configures which requests are retried, how often, and with which delays.
///
/// A request is retried only before the caller receives any part of the response. These failures
/// are retried:
///
/// - a connection that could not be made, or that failed before the response started
/// - an exceeded connect timeout
/// - the statuses 408, 409, 425, 429 and 499, and all statuses from 500 up, except 501 and 505
///
/// An exhausted quota (`insufficient_quota`) and a permanent fault, such as an invalid certificate,
/// are not retried, because a later attempt would fail too. The service may overrule these rules
/// with the header `x-should-retry`, except for the statuses 400, 401, 403, 404 and 422, which are
/// never retried.
///
/// # Delays
///
/// Delays double from the [initial backoff](Self::initial_backoff) up to 8 s. Each delay is
/// shortened by a random amount, up to a quarter of the delay, so that callers that failed together
/// do not retry together. If the service asks for a delay, that delay is used instead. If it is
/// longer than [`max_retry_after`](Self::max_retry_after), the error is returned at once, and its
/// message says so. [`Error::attempts`] returns the number of failed requests.
///
/// # Inside a `with_retry`
///
/// If the model is wrapped in a [`with_retry`](runnable_core::RunnableExt::with_retry), the default
/// policy does not retry the errors that the wrapper handles. Each attempt of the wrapper is then
/// one request. A policy that you set for a [client](crate::HttpClientBuilder::retry_policy) or a
/// [request](crate::HttpRequestBuilder::retry_policy) also applies inside a `with_retry`, so
/// attempts multiply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HttpRetryPolicy {
    max_attempts: u32,
    backoff: Backoff,
}

impl Default for HttpRetryPolicy {
    /// Returns a policy of three attempts, with delays of 0.5 s and 1 s. If the service asks for a
    /// delay, it may be up to 60 s.
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8));
        Self { max_attempts: 3, backoff: backoff.shorter_by(0.25) }
    }
}

impl HttpRetryPolicy {
    /// Creates a policy that sends each request once.
    ///
    /// There is one exception. If the server had closed its idle connection before the request was
    /// sent, the server has never seen the request, so the request is sent on another connection. A
    /// request that was sent, even in part, is never sent again, because the server may be
    /// processing it, even if the server closed the connection without a response.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the maximum number of attempts, including the first. 0 counts as 1. The default is 3.
    #[doc(alias = "max_retries")]
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the delay before the second attempt. The default is 0.5 s.
    #[must_use]
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.initial(wait);
        self
    }

    /// Sets the longest delay that a service may ask for. The default is 60 s.
    #[must_use]
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.max_retry_after(wait);
        self
    }

    /// Returns how long to wait after attempt number `attempt` has failed with this error. Attempts
    /// are counted from 1. Also returns the error.
    ///
    /// # Errors
    ///
    /// Returns the error if no further attempt is allowed.
    pub(crate) fn wait(&self, error: Error, attempt: u32) -> Result<(Duration, Error)> {
        if attempt < self.max_attempts && may_retry(&error) {
            self.backoff.wait(error, attempt)
        } else {
            Err(error)
        }
    }
}

/// Returns whether a request may be retried after this error. A response that did not start in time
/// is not retried here, but a [`with_retry`](runnable_core::RunnableExt::with_retry) may do so.
fn may_retry(error: &Error) -> bool {
    match error.downcast_ref::<ApiError>() {
        Some(api_error) => api_error.status().is_some() && error.is_transient(),
        None => {
            let has_failed = error.kind() == ErrorKind::Connection && error.is_transient();
            has_failed || error.timeout_phase() == Some(TimeoutPhase::Connect)
        }
    }
}
