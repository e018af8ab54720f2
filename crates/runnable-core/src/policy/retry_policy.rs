//! [`RetryPolicy`]: which errors are retried, how often, and with which delays.

use std::{fmt, sync::Arc, time::Duration};

use super::backoff::Backoff;
use crate::{Error, Result};

/// Configures which errors are retried, how often, and with which delays.
///
/// Pass it to [`RunnableExt::with_retry`](crate::RunnableExt::with_retry). The defaults are:
///
/// | setting | default |
/// |---|---|
/// | [`max_attempts`](Self::max_attempts) | 3 |
/// | [`initial_backoff`](Self::initial_backoff) | 1 s, doubled after each further attempt |
/// | [`max_backoff`](Self::max_backoff) | 60 s |
/// | [`jitter`](Self::jitter) | up to 1 s |
/// | [`max_retry_after`](Self::max_retry_after) | 60 s |
/// | [`when`](Self::when) | [transient](Error::is_transient) errors |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use runnable_core::prelude::*;
///
/// let policy = RetryPolicy::new()
///     .max_attempts(5)
///     .initial_backoff(Duration::from_millis(200))
///     .when(|error| error.kind() == ErrorKind::RateLimit);
/// ```
#[derive(Clone)]
#[must_use]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    backoff: Backoff,
    when: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}

impl RetryPolicy {
    /// Creates the default policy: at most three attempts, and only transient errors are retried.
    pub fn new() -> Self {
        let second = Duration::from_secs(1);
        Self {
            max_attempts: 3,
            backoff: Backoff::new(second, 60 * second).longer_by(second),
            when: Arc::new(Error::is_transient),
        }
    }

    /// Sets the maximum number of attempts, including the first. 0 counts as 1. The default is 3.
    #[doc(alias = "stop_after_attempt")]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the delay after the first attempt, which doubles after each further attempt.
    ///
    /// The default is 1 s.
    #[doc(alias("wait_exponential_jitter", "exponential_jitter_params"))]
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.initial(wait);
        self
    }

    /// Sets the maximum delay, without jitter. The default is 60 s.
    ///
    /// A longer delay that a service requests is still honoured, up to
    /// [`max_retry_after`](Self::max_retry_after).
    #[doc(alias = "exponential_jitter_params")]
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.max(wait);
        self
    }

    /// Sets the maximum of the random time that is added to each delay. The default is 1 s.
    ///
    /// The jitter prevents callers that failed together from retrying together.
    #[doc(alias("wait_exponential_jitter", "exponential_jitter_params"))]
    pub fn jitter(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.longer_by(wait);
        self
    }

    /// Sets the maximum delay that a service may request with [`Error::retry_after`].
    ///
    /// The default is 60 s. If a service requests more, the step fails at once, and the error says
    /// so.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// let patient = RetryPolicy::new().max_retry_after(Duration::from_secs(10 * 60));
    /// ```
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.max_retry_after(wait);
        self
    }

    /// Sets all delays and the jitter to zero.
    #[doc(alias = "wait_exponential_jitter")]
    pub fn without_backoff(self) -> Self {
        self.initial_backoff(Duration::ZERO).jitter(Duration::ZERO)
    }

    /// Sets which errors are retried. The default is [transient](Error::is_transient) errors.
    ///
    /// An error of kind [`Cancelled`](crate::ErrorKind::Cancelled) or
    /// [`ReplayMismatch`](crate::ErrorKind::ReplayMismatch) is never retried.
    #[doc(alias("retry_if_exception_type", "retry_exception_types"))]
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }

    /// Returns whether the policy retries this error, regardless of the number of attempts.
    pub(crate) fn acts_on(&self, error: &Error) -> bool {
        !error.kind().is_final() && (self.when)(error)
    }

    /// Returns how long to wait after the failed `attempt`, counted from 1. Also returns the error.
    ///
    /// # Errors
    ///
    /// Returns the error that the retry reports if no further attempt is allowed.
    pub(crate) fn wait(&self, attempt: u32, error: Error) -> Result<(Duration, Error)> {
        if attempt < self.max_attempts && self.acts_on(&error) {
            self.backoff.wait(error, attempt)
        } else {
            Err(error)
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("max_attempts", &self.max_attempts)
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}
