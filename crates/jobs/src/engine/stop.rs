//! [`Stop`]: why a job stops.

use runnable_core::Error;

use crate::state::JobOutcome;

/// Why a job stops before its source ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// A handle has stopped the job, or a limit was reached.
    Outcome(JobOutcome),
    /// Because of an error that every item would have, or an error of the source.
    Failed(Error),
}
