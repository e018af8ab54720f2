//! Errors that no step handles.

use runnable_core::{Error, ErrorKind};

/// Returns whether the error is final: it must reach the caller, because the call was cancelled, or
/// because a replay does not match its recording.
pub(super) fn is_final(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::ReplayMismatch)
}
