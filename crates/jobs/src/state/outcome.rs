//! [`JobOutcome`] and [`JobState`]: how a job has ended, and what it does.

use std::fmt;

/// How a run of a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobOutcome {
    /// All items of the source have a result, or have failed.
    Completed,
    /// A [handle](crate::JobHandle::stop) has stopped the job.
    Stopped,
    /// As many items have failed as [`Job::max_failures`](crate::Job::max_failures) allows.
    MaxFailures,
    /// The models have cost as much as [`Job::max_cost`](crate::Job::max_cost) allows.
    MaxCost,
    /// The cost is limited, and the cost of a call is unknown. See
    /// [`Job::allow_unknown_costs`](crate::Job::allow_unknown_costs).
    UnknownCost,
}

impl fmt::Display for JobOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completed => "completed",
            Self::Stopped => "stopped",
            Self::MaxFailures => "stopped because too many items failed",
            Self::MaxCost => "stopped because the cost limit was reached",
            Self::UnknownCost => "stopped because the cost of a call is unknown",
        })
    }
}

/// What a job does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobState {
    /// The job opens its journal.
    #[default]
    Opening,
    /// The job starts items.
    Running,
    /// The job starts no items, because a handle has paused it.
    Paused,
    /// The job waits for the calls in flight, and then ends.
    Stopping,
    /// The job writes its outputs.
    Exporting,
    /// The job has ended.
    Ended,
}
