//! [`JobStatus`]: what a journal says about a job.

use std::fmt;

use runnable_chat::metering::UsageTotals;

/// What a journal says about a job. Returned by [`StoredJob::status`](super::StoredJob::status).
///
/// `Display` prints one line.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct JobStatus {
    /// The number of items with a result.
    pub done: u64,
    /// The number of items that have failed.
    pub failed: u64,
    /// The number of items that have started and are not finished.
    pub pending: u64,
    /// The number of pending items that were in flight when the process ended.
    pub interrupted: u64,
    /// The tokens and the cost of the models. Calls that were lost in a crash are not included.
    pub usage: UsageTotals,
    /// Whether the journal was damaged by a crash, and was repaired when it was opened.
    pub repaired: bool,
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} done, {} failed, {} pending", self.done, self.failed, self.pending)?;
        if !self.usage.is_empty() {
            write!(f, ", {}", self.usage)?;
        }
        Ok(())
    }
}
