//! [`JobReport`]: what a run of a job has done.

use std::{fmt, time::Duration};

use runnable_chat::metering::UsageTotals;

use super::outcome::JobOutcome;

/// What a run of a job has done. Returned by [`JobRun`](crate::JobRun).
///
/// `Display` prints a summary in one line.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use = "a job that has stopped is not complete: check its outcome"]
pub struct JobReport {
    /// How the run has ended.
    pub outcome: JobOutcome,
    /// The number of items with a result, in all runs of the job.
    pub done: u64,
    /// The number of items that have failed, in all runs of the job.
    pub failed: u64,
    /// The number of items that have started and are not finished. They are tried again when the
    /// job runs again. After [`JobOutcome::Completed`], these are items that the source does not
    /// contain any more.
    pub pending: u64,
    /// The number of items that were skipped in this run, because the journal contains their
    /// results, or because the source contains them twice.
    pub skipped: u64,
    /// The number of items that were in flight when an earlier process ended. Their calls may have
    /// been paid twice.
    pub interrupted: u64,
    /// Whether the journal was damaged by a crash, and was repaired when it was opened.
    pub repaired: bool,
    /// The tokens and the cost of the models, in all runs of the job. Calls that were lost in a
    /// crash are not included.
    pub usage: UsageTotals,
    /// The time of this run.
    pub elapsed: Duration,
}

impl JobReport {
    /// Returns whether each item of the source has a result.
    pub fn is_success(&self) -> bool {
        self.outcome == JobOutcome::Completed && self.failed == 0
    }
}

impl fmt::Display for JobReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} done, {} failed", self.outcome, self.done, self.failed)?;
        if self.pending > 0 {
            write!(f, ", {} pending", self.pending)?;
        }
        if self.skipped > 0 {
            write!(f, ", {} done before", self.skipped)?;
        }
        if !self.usage.is_empty() {
            write!(f, ", {}", self.usage)?;
        }
        if self.interrupted > 0 {
            let calls = if self.interrupted == 1 { "item was" } else { "items were" };
            write!(
                f,
                "; {} {calls} in flight when an earlier process ended, and may have been paid twice",
                self.interrupted
            )?;
        }
        if self.repaired {
            f.write_str("; the journal was repaired")?;
        }
        Ok(())
    }
}
