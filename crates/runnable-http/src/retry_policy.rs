//! What is tried again, and when.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use runnable_core::{Error, ErrorKind, Result, TimeoutPhase};

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
/// is one request. A policy that you set, for a [client](crate::HttpClientBuilder::retry) or a
/// [request](crate::HttpRequestBuilder::retry), holds inside a `retry` as well, so attempts multiply.
///
/// Waits double from [`first_wait`](Self::first_wait) on, up to 8 s, each shortened by up to a
/// quarter at random, so that callers who failed together do not come back together. A wait that
/// the service asks for goes before; if it is longer than [`longest_wait`](Self::longest_wait), the
/// error is returned at once, and says so. [`Error::attempts`] says how many requests failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpRetryPolicy {
    max_retries: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

/// The longest wait that nobody asked for.
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

impl Default for HttpRetryPolicy {
    /// Two retries, after half a second and a second; a minute at most, if the service asks.
    fn default() -> Self {
        Self {
            max_retries: 2,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }
}

impl HttpRetryPolicy {
    /// Nothing is tried again.
    pub fn none() -> Self {
        Self { max_retries: 0, ..Self::default() }
    }

    /// How often a request is tried again, after the first attempt.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The wait before the first retry.
    #[must_use]
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// The longest wait that a service may ask for.
    #[must_use]
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// How long to wait after this error, which followed so many retries.
    ///
    /// # Errors
    ///
    /// The error to give up with.
    pub(crate) fn wait(&self, error: Error, retries: u32) -> Result<(Duration, Error)> {
        if retries >= self.max_retries || !may_pass(&error) {
            return Err(error);
        }
        let backoff = self.first_wait.saturating_mul(1 << retries.min(16)).min(LONGEST_BACKOFF);
        let backoff = backoff.mul_f64(1.0 - 0.25 * random());
        let wait = match error.retry_after() {
            Some(asked) if asked > self.longest_wait => {
                return Err(error.with_wait_refused(self.longest_wait));
            }
            // "Now" is not meant: the service has just refused.
            Some(asked) if asked.is_zero() => backoff,
            // All callers were told the same.
            Some(asked) => asked.saturating_add(backoff.min(asked).mul_f64(0.1 * random())),
            None => backoff,
        };
        Ok((wait, error))
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

/// A number from 0 to 1: the keys of the standard library's hash maps are random, and that is as
/// random as this has to be.
fn random() -> f64 {
    f64::from((RandomState::new().hash_one(0) >> 32) as u32) / f64::from(u32::MAX)
}
