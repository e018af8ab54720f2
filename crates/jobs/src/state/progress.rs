//! [`JobProgress`]: the state of a job that runs.

use std::{fmt, time::Duration};

use runnable_chat::metering::UsageTotals;

use super::outcome::JobState;

/// The state of a job that runs. Yielded by [`JobRun::progress`](crate::JobRun::progress).
///
/// `Display` prints one line, such as `120/1000 items, 2 failed, 8.0/s, $0.0123, 1m50s left`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct JobProgress {
    /// What the job does.
    pub state: JobState,
    /// The number of items of the source. `None` if it is unknown.
    pub total: Option<u64>,
    /// The number of items with a result, in all runs of the job.
    pub done: u64,
    /// The number of items that have failed, in all runs of the job.
    pub failed: u64,
    /// The number of items that have started, in this or an earlier process, and have no durable
    /// result yet.
    pub in_flight: usize,
    /// The number of items of the source that were skipped in this run, because the journal
    /// contains their results, or because the source contains them twice.
    pub skipped: u64,
    /// The number of items that were in flight when an earlier process ended. Their calls may be
    /// paid twice.
    pub interrupted: u64,
    /// The number of items that were finished per second, in the last minute.
    pub per_second: f64,
    /// The tokens and the cost of the models, in all runs of the job. Calls that were lost in a
    /// crash are not included.
    pub usage: UsageTotals,
    /// The time since this run has begun.
    pub elapsed: Duration,
    /// The estimated time until the end. `None` if it is unknown.
    pub time_left: Option<Duration>,
}

impl JobProgress {
    /// Returns the number of items that are done or have failed.
    pub fn finished(&self) -> u64 {
        self.done + self.failed
    }
}

impl fmt::Display for JobProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total {
            Some(total) => write!(f, "{}/{total} items", self.finished())?,
            None => write!(f, "{} items", self.finished())?,
        }
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        write!(f, ", {:.1}/s", self.per_second)?;
        let total = self.usage.total();
        if total.calls > 0 {
            write!(f, ", {}", total.cost)?;
        }
        match self.time_left {
            Some(left) => write!(f, ", {} left", Rounded(left)),
            None => Ok(()),
        }
    }
}

/// A duration as hours, minutes and seconds, of which the two largest units are printed.
pub(crate) struct Rounded(pub(crate) Duration);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        match (hours, minutes) {
            (0, 0) => write!(f, "{seconds}s"),
            (0, _) => write!(f, "{minutes}m{:02}s", seconds % 60),
            _ => write!(f, "{hours}h{minutes:02}m"),
        }
    }
}
