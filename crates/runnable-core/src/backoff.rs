//! The waits between the attempts of a retry.

use std::time::Duration;

use crate::{Error, Result};

/// The waits between attempts: they double, and each differs at random.
///
/// [`RetryPolicy`](crate::combinators::RetryPolicy) and the transport of remote models both wait by it. Use
/// it in a step or a transport of your own that retries.
///
/// The wait after the first failure is `initial`; each further one is twice as long, up to `max`. The
/// jitter lets callers that failed together come back apart. A wait that a service asks for by
/// [`Error::retry_after`] replaces the computed one, and is exceeded by a tenth at most, since the service
/// told all of its callers the same. A wait of zero counts as none.
///
/// ```
/// use std::time::Duration;
/// use runnable_core::{Backoff, Error, ErrorKind};
///
/// let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(3));
/// let down = || Error::new(ErrorKind::Unavailable, "the service is down");
/// let (wait, _) = backoff.wait(down(), 1).expect("nothing was asked for");
/// assert_eq!(wait, Duration::from_secs(1));
/// let (wait, _) = backoff.wait(down(), 3).expect("nothing was asked for");
/// assert_eq!(wait, Duration::from_secs(3));
///
/// let busy = down().with_retry_after(Duration::from_secs(90));
/// assert!(backoff.wait(busy, 1).is_err()); // longer than `max_retry_after`
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    jitter: Jitter,
    max_retry_after: Duration,
}

/// How a wait differs at random.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Jitter {
    /// It is longer by up to this.
    Longer(Duration),
    /// It is shorter by up to this share of itself.
    Shorter(f64),
}

impl Backoff {
    /// Creates waits that begin with `initial`, double, and end at `max`.
    ///
    /// There is no jitter, and a service may ask for a minute at most.
    pub const fn new(initial: Duration, max: Duration) -> Self {
        Self {
            initial,
            max,
            jitter: Jitter::Longer(Duration::ZERO),
            max_retry_after: Duration::from_secs(60),
        }
    }

    /// Sets the wait after the first failure.
    pub const fn initial(mut self, wait: Duration) -> Self {
        self.initial = wait;
        self
    }

    /// Sets the longest wait that nobody asked for. Jitter may exceed it.
    pub const fn max(mut self, wait: Duration) -> Self {
        self.max = wait;
        self
    }

    /// Makes each wait longer, at random, by up to this duration.
    pub const fn longer_by(mut self, wait: Duration) -> Self {
        self.jitter = Jitter::Longer(wait);
        self
    }

    /// Makes each wait shorter, at random, by up to this share of it, from 0 to 1.
    pub const fn shorter_by(mut self, share: f64) -> Self {
        self.jitter = Jitter::Shorter(share);
        self
    }

    /// Sets the longest wait that a service may ask for. The default is a minute.
    pub const fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Returns how long to wait after this error, the `failures`th in a row, counted from 1.
    ///
    /// # Errors
    ///
    /// Returns the error if the service asks for a wait longer than
    /// [`max_retry_after`](Self::max_retry_after): its message then says so.
    pub fn wait(&self, error: Error, failures: u32) -> Result<(Duration, Error)> {
        let doubled = self.initial.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1)));
        let backoff = doubled.min(self.max);
        let wait = match error.retry_after() {
            Some(asked) if asked > self.max_retry_after => {
                return Err(error.with_wait_refused(self.max_retry_after));
            }
            Some(asked) if !asked.is_zero() => {
                asked.saturating_add(backoff.min(asked).mul_f64(0.1 * random_share()))
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

/// Returns a number in [0, 1). The random bits of an id are random enough to spread callers in time.
fn random_share() -> f64 {
    f64::from(uuid::Uuid::now_v7().as_u128() as u32) / (f64::from(u32::MAX) + 1.0)
}
