//! Errors that no step handles.

use runnable_core::{Error, ErrorKind};

/// Returns whether the error is final: it must reach the caller, because it says that the call is
/// cancelled, or that a replay does not fit.
pub(super) fn is_final(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::ReplayMismatch)
}
