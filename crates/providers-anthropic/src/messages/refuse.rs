//! The error of a request that the API would refuse.

use runnable_core::{Error, ErrorKind, Result};

/// The error of a request that the API would refuse, or could not understand.
pub(crate) fn refuse<T>(message: String) -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// Returns the error of options that are invalid or contradict each other.
pub(crate) fn invalid<T>(message: String) -> Result<T> {
    Err(Error::new(ErrorKind::InvalidInput, message))
}
