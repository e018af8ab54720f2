//! [`ReplayMismatch`]: a call that a recording cannot answer.

use std::{error, fmt};

use runnable_core::{Error, ErrorKind};

use crate::ValueDiff;

/// A call that a [`Replay`](crate::Replay) cannot answer from its recording.
///
/// It is the source of an error of kind [`ReplayMismatch`](ErrorKind::ReplayMismatch). Get it with
/// [`Error::downcast_ref`](runnable_core::Error::downcast_ref).
///
/// # Examples
///
/// ```
/// use runnable_core::Error;
/// use runnable_events::ReplayMismatch;
///
/// /// Returns the lines of the prompt that have changed.
/// fn changes(error: &Error) -> Option<String> {
///     let mismatch = error.downcast_ref::<ReplayMismatch>()?;
///     mismatch.input_difference().map(ToString::to_string)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayMismatch {
    path: Vec<String>,
    reason: Reason,
}

/// Why a recording cannot answer a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The input differs from the input of the recorded call.
    Input(ValueDiff),
    /// The recording has no further call at this position. Contains the number of calls at this
    /// position that were already served.
    Unexpected { served: usize },
    /// The recorded call has no output.
    NoOutput,
    /// The recorded call was cancelled, but the replayed call was not.
    Cancelled,
    /// The call is not observed, so its position is not known.
    NotObserved,
}

impl ReplayMismatch {
    pub(super) fn new(path: Vec<String>, reason: Reason) -> Self {
        Self { path, reason }
    }

    /// Returns the names of the runs from the root to the run of the call.
    pub fn path(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.path.iter().map(String::as_str)
    }

    /// Returns how the input differs from the recorded input. Returns `None` if the recording
    /// cannot answer the call for another reason.
    pub fn input_difference(&self) -> Option<&ValueDiff> {
        match &self.reason {
            Reason::Input(diff) => Some(diff),
            _ => None,
        }
    }

    pub(super) fn into_error(self) -> Error {
        Error::wrap(ErrorKind::ReplayMismatch, self)
    }
}

impl fmt::Display for ReplayMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot replay `{}`: ", self.path.join(" > "))?;
        match &self.reason {
            Reason::Input(diff) => write!(f, "the input differs from the recorded input\n{diff}"),
            Reason::Unexpected { served: 0 } => {
                f.write_str("the recording has no call at this position; record the chain again")
            }
            Reason::Unexpected { served } => write!(
                f,
                "the recording has no further call at this position (served {served}); record the \
                 chain again, or create a new `Replay` for each call"
            ),
            Reason::NoOutput => f.write_str(
                "the recording has no output of this call; record a complete call, with values",
            ),
            Reason::Cancelled => f.write_str(
                "the recorded call was cancelled before its end; record a complete call",
            ),
            Reason::NotObserved => f.write_str(
                "the call is not observed; pass the configuration of `Replay::config` to it",
            ),
        }
    }
}

impl error::Error for ReplayMismatch {}
