//! [`Backoff`]: the delays between the attempts of a retry.

use std::time::Duration;

use crate::{Error, Result};

/// The delays between attempts: they double, with random jitter.
///
/// [`RetryPolicy`](crate::combinators::RetryPolicy) and the transport of remote models use it. Use
/// it in a custom step or transport that retries.
///
/// The delay after the first failure is `initial`. Each further delay is twice as long, up to
/// `max`. Jitter prevents callers that failed together from retrying together. If a service
/// requests a delay with [`Error::retry_after`], the requested delay is used instead of the
/// computed delay. Up to a tenth is added to it at random, because the service sends the same delay
/// to all its callers. A requested delay of zero is ignored.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use runnable_core::{Backoff, Error, ErrorKind};
///
/// let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(3));
/// let down = || Error::new(ErrorKind::Unavailable, "the service is down");
/// let (wait, _) = backoff.wait(down(), 1).expect("no delay was requested");
/// assert_eq!(wait, Duration::from_secs(1));
/// let (wait, _) = backoff.wait(down(), 3).expect("no delay was requested");
/// assert_eq!(wait, Duration::from_secs(3));
///
/// let busy = down().with_retry_after(Duration::from_secs(90));
/// assert!(backoff.wait(busy, 1).is_err()); // longer than `max_retry_after`
/// ```
#[doc(alias("ExponentialJitterParams", "exponential_jitter_params"))]
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    jitter: Jitter,
    max_retry_after: Duration,
}

/// The random change of a delay.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Jitter {
    /// Makes the delay longer, by a random time up to this duration.
    Longer(Duration),
    /// Makes the delay shorter, by a random fraction of the delay up to this fraction.
    Shorter(f64),
}

impl Backoff {
    /// Creates a `Backoff` whose delays start with `initial`, double, and do not exceed `max`.
    ///
    /// There is no jitter. A service may request a delay of up to 60 s.
    pub const fn new(initial: Duration, max: Duration) -> Self {
        Self {
            initial,
            max,
            jitter: Jitter::Longer(Duration::ZERO),
            max_retry_after: Duration::from_secs(60),
        }
    }

    /// Sets the delay after the first failure.
    pub const fn initial(mut self, wait: Duration) -> Self {
        self.initial = wait;
        self
    }

    /// Sets the maximum computed delay. Jitter can exceed it.
    pub const fn max(mut self, wait: Duration) -> Self {
        self.max = wait;
        self
    }

    /// Makes each delay longer, by a random time up to `wait`.
    pub const fn longer_by(mut self, wait: Duration) -> Self {
        self.jitter = Jitter::Longer(wait);
        self
    }

    /// Makes each delay shorter, by a random fraction up to `share`, from 0 to 1.
    pub const fn shorter_by(mut self, share: f64) -> Self {
        self.jitter = Jitter::Shorter(share);
        self
    }

    /// Sets the maximum delay that a service may request. The default is 60 s.
    pub const fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Returns how long to wait after `error`, which is failure number `failures` in a row. Also
    /// returns the error.
    ///
    /// Failures are counted from 1.
    ///
    /// # Errors
    ///
    /// Returns the error, with a note in its message, if the service requests a delay longer than
    /// [`max_retry_after`](Self::max_retry_after).
    pub fn wait(&self, error: Error, failures: u32) -> Result<(Duration, Error)> {
        let doubled = self.initial.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1)));
        let backoff = doubled.min(self.max);
        let wait = match error.retry_after() {
            Some(requested) if requested > self.max_retry_after => {
                return Err(error.with_wait_refused(self.max_retry_after));
            }
            Some(requested) if !requested.is_zero() => {
                requested.saturating_add(backoff.min(requested).mul_f64(0.1 * random_share()))
            }
            _ => match self.jitter {
                Jitter::Longer(wait) => backoff.saturating_add(wait.mul_f64(random_share())),
                Jitter::Shorter(share) => {
                    backoff.mul_f64(1.0 - share.clamp(0.0, 1.0) * random_share())
                }
            },
        };
        Ok((wait, error))
    }
}

/// Returns a number in [0, 1). The random bits of a UUID are random enough to spread callers over
/// time.
fn random_share() -> f64 {
    f64::from(uuid::Uuid::now_v7().as_u128() as u32) / (f64::from(u32::MAX) + 1.0)
}
