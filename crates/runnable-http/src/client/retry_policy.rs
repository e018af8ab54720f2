//! What is tried again, and when.

use std::time::Duration;

use runnable_core::{Backoff, Error, ErrorKind, Result, TimeoutPhase};

use crate::error::ApiError;

/// How often a request is tried again before any of its answer was given out, and after which
/// waits.
///
/// Tried again are: no connection, or one that broke before the answer began; a limit passed while
/// connecting; and the statuses 408, 409, 425, 429, 499 and from 500 on, but for 501 and 505. A used-up
/// quota (`insufficient_quota`) is not, since no wait mends it, nor is a fault that stays, such as an
/// invalid certificate. The service may overrule this with `x-should-retry`, but not for 400, 401, 403,
/// 404 and 422, which are never tried again.
///
/// # Inside a `retry`
///
/// The policy that a client has by default leaves all errors that a
/// [`retry`](runnable_core::RunnableExt::with_retry) around the model acts on to that: each of its attempts
/// is one request. A policy that you set, for a [client](crate::HttpClientBuilder::retry_policy) or a
/// [request](crate::HttpRequestBuilder::retry_policy), holds inside a `retry` as well, so attempts multiply.
///
/// Waits double from [`initial_backoff`](Self::initial_backoff) on, up to 8 s, each shortened by up to a
/// quarter at random, so that callers that failed together do not come back together. A wait that
/// the service asks for replaces them; if it is longer than [`max_retry_after`](Self::max_retry_after), the
/// error is returned at once, and says so. [`Error::attempts`] says how many requests failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HttpRetryPolicy {
    max_attempts: u32,
    backoff: Backoff,
}

impl Default for HttpRetryPolicy {
    /// Three attempts, with waits of half a second and a second; a minute at most, if the service asks.
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8));
        Self { max_attempts: 3, backoff: backoff.shorter_by(0.25) }
    }
}

impl HttpRetryPolicy {
    /// Creates a policy that sends each request once.
    ///
    /// A request that was not sent, because the server had closed its idle connection, goes out on
    /// another: the server has never seen it. One that was sent, in part or as a whole, is never sent
    /// again, because the server may be at work on it, even if it closed the connection without a word.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets how often a request is sent at most, the first time included. 0 counts as 1.
    #[doc(alias = "max_retries")]
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the wait before the second attempt.
    #[must_use]
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.initial(wait);
        self
    }

    /// Sets the longest wait that a service may ask for. The default is 60 s.
    #[must_use]
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.max_retry_after(wait);
        self
    }

    /// How long to wait after this error, which ended the `attempt`th attempt, counted from 1.
    ///
    /// # Errors
    ///
    /// The error to give up with.
    pub(crate) fn wait(&self, error: Error, attempt: u32) -> Result<(Duration, Error)> {
        match attempt < self.max_attempts && may_pass(&error) {
            true => self.backoff.wait(error, attempt),
            false => Err(error),
        }
    }
}

/// Whether a request may be sent again after this error. An answer that did not come in time is not
/// waited for once more, though a [`retry`](runnable_core::RunnableExt::with_retry) may do so.
fn may_pass(error: &Error) -> bool {
    match error.downcast_ref::<ApiError>() {
        Some(said) => said.status().is_some() && error.is_transient(),
        None => {
            let is_broken = error.kind() == ErrorKind::Connection && error.is_transient();
            is_broken || error.timeout_phase() == Some(TimeoutPhase::Connect)
        }
    }
}
