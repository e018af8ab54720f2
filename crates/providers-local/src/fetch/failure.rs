//! Why a source gave nothing.

use std::fmt::Display;

/// Why a source gave nothing.
pub(super) enum Failure {
    /// The caller wants no source to be tried any more.
    Cancelled,
    /// The reason.
    Because(String),
}

impl Failure {
    pub(super) fn because(reason: impl Display) -> Self {
        Self::Because(reason.to_string())
    }
}
