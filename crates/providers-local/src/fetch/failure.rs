//! The reason why a download from a source failed.

use std::fmt::Display;

/// The reason why a download from a source failed.
pub(super) enum Failure {
    /// The call was cancelled, so no other source is tried.
    Cancelled,
    /// The source failed for this reason.
    Because(String),
}

impl Failure {
    pub(super) fn because(reason: impl Display) -> Self {
        Self::Because(reason.to_string())
    }
}
