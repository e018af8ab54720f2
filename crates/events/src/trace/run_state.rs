//! [`RunState`]: how a run ended, or whether it is unfinished.

use std::{fmt, sync::Arc};

use crate::RecordedError;

/// The state of a run: how it ended, or that it is unfinished.
///
/// ```
/// use runnable_events::RunState;
///
/// let state = RunState::Cancelled { cause: Some("time_limit".into()) };
/// assert_eq!(state.as_str(), "cancelled");
/// assert_eq!(state.to_string(), "cancelled (time_limit)");
/// assert!(state.is_failure());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum RunState {
    /// The trace contains no end of the run: the run is still working, or the recording was cut.
    #[default]
    Unfinished,
    /// The run produced its complete output.
    Completed,
    /// The run failed with this error.
    Failed(Arc<RecordedError>),
    /// The run was dropped before its end.
    Cancelled {
        /// The reason: `dropped`, `token`, `time_limit` or `sibling_failed`. `None` if it is not
        /// known.
        cause: Option<Arc<str>>,
    },
}

impl RunState {
    /// Returns the state as a word: `unfinished`, `completed`, `failed` or `cancelled`.
    ///
    /// ```
    /// use runnable_events::RunState;
    ///
    /// assert_eq!(RunState::Completed.as_str(), "completed");
    /// ```
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Returns `true` if the run failed or was cancelled.
    ///
    /// ```
    /// use runnable_events::RunState;
    ///
    /// assert!(!RunState::Unfinished.is_failure());
    /// ```
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Cancelled { .. })
    }

    /// Returns the error of a run that failed.
    ///
    /// ```
    /// use runnable_events::RunState;
    ///
    /// assert!(RunState::Completed.error().is_none());
    /// ```
    pub fn error(&self) -> Option<&RecordedError> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// Formats the state as a word, with the kind of the error or the cause of the cancellation.
impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = match self {
            Self::Failed(error) => Some(&*error.kind),
            Self::Cancelled { cause } => cause.as_deref(),
            Self::Unfinished | Self::Completed => None,
        };
        match detail {
            Some(detail) => write!(f, "{} ({detail})", self.as_str()),
            None => f.write_str(self.as_str()),
        }
    }
}
