//! [`CancelCause`]: the reason why a run was dropped before its end.

use std::fmt;

/// The reason why a run was dropped before its end.
///
/// All runs that are dropped together have the same cause: a time limit of the call is also the
/// cause of the runs of its innermost steps. If several limits enclose a run, the cause is the
/// limit that was reached first.
///
/// A run in a task is dropped by the runtime, after the run that spawned it. Its cause is the cause
/// of the nearest enclosing run that was cancelled or exceeded a time limit.
///
/// # Examples
///
/// ```
/// use runnable_core::CancelCause;
///
/// assert_eq!(CancelCause::TimeLimit.to_string(), "time_limit");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelCause {
    /// The caller dropped the call, or a step dropped a call that it had started. A step also drops
    /// its calls if it fails by itself.
    #[default]
    Dropped,
    /// A cancellation token of the call or of an enclosing step was cancelled.
    Token,
    /// A time limit of the call or of an enclosing step was exceeded: a limit for the whole call or
    /// step, for the first chunk, or for the time between two chunks.
    TimeLimit,
    /// Another run that was working at the same time failed or panicked: another branch of a
    /// parallel step, another item of a list, or a later step of a streamed sequence.
    SiblingFailed,
}

impl CancelCause {
    /// Returns the name of the cause in `snake_case`, such as `time_limit`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Token => "token",
            Self::TimeLimit => "time_limit",
            Self::SiblingFailed => "sibling_failed",
        }
    }
}

impl fmt::Display for CancelCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
