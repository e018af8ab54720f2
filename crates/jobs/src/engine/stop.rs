//! [`Stop`]: why a job stops.

use runnable_core::Error;

use crate::state::JobOutcome;

/// Why a job stops before its source ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// As the job was told.
    Told(JobOutcome),
    /// Because of an error that every item would have, or an error of the source.
    Failed(Error),
}
