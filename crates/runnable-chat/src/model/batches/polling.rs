//! [`BatchPolling`]: how often the status of a batch is requested.

use std::time::Duration;

use runnable_core::{Error, Result};

/// How often the status of a batch is requested.
///
/// The first wait is 10 s. Each further wait is half as long again, up to 5 minutes. An error that
/// may pass, such as a broken connection, does not end the wait, unless it occurs 10 times in a
/// row.
///
/// ```
/// use std::time::Duration;
/// use runnable_chat::batch_api::BatchPolling;
///
/// let polling = BatchPolling::new()
///     .initial_wait(Duration::from_secs(60))
///     .max_wait(Duration::from_secs(30 * 60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct BatchPolling {
    initial: Duration,
    max: Duration,
    max_failures: u32,
}

impl Default for BatchPolling {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchPolling {
    /// Creates the default settings.
    pub const fn new() -> Self {
        Self {
            initial: Duration::from_secs(10),
            max: Duration::from_secs(5 * 60),
            max_failures: 10,
        }
    }

    /// Sets the wait between the first request and the second. The default is 10 s.
    pub const fn initial_wait(mut self, wait: Duration) -> Self {
        self.initial = wait;
        self
    }

    /// Sets the longest wait between two requests. The default is 5 minutes.
    pub const fn max_wait(mut self, wait: Duration) -> Self {
        self.max = wait;
        self
    }

    /// Sets the number of failures in a row after which the last of them is returned. 0 counts as
    /// 1. The default is 10.
    ///
    /// An error that cannot pass, such as an invalid key, is returned immediately.
    pub const fn max_failures(mut self, failures: u32) -> Self {
        self.max_failures = failures;
        self
    }
}

/// The longest wait that a service can ask for. A wrong header must not stop the loop.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The state of a loop that requests the status of a batch.
#[derive(Debug)]
pub(super) struct Poller {
    polling: BatchPolling,
    /// The next wait.
    wait: Duration,
    /// The number of failures in a row.
    failures: u32,
}

impl Poller {
    pub(super) fn new(polling: BatchPolling) -> Self {
        Self { polling, wait: polling.initial.min(polling.max), failures: 0 }
    }

    /// Waits before the next request.
    pub(super) async fn pause(&mut self) {
        let wait = self.wait;
        self.wait = (wait + wait / 2).min(self.polling.max);
        tokio::time::sleep(wait).await;
    }

    /// Records that a request succeeded.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Records that a request failed, and extends the next wait to the time that the service asks
    /// for, up to an hour.
    ///
    /// # Errors
    ///
    /// Returns the error if there must not be another request.
    pub(super) fn failed(&mut self, error: Error) -> Result<()> {
        self.failures += 1;
        if !error.is_transient() || self.failures >= self.polling.max_failures {
            return Err(error.with_attempts(self.failures));
        }
        self.wait = self.wait.max(error.retry_after().unwrap_or_default().min(LONGEST));
        Ok(())
    }
}
