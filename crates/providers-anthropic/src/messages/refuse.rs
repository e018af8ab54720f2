//! Creates the errors of requests that are refused before they are sent.

use runnable_core::{Error, ErrorKind, Result};

/// Returns an error of kind `Unsupported`, for a request that the API would reject.
pub(crate) fn refuse<T>(message: String) -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// Returns an error of kind `InvalidInput`, for options that are invalid or contradict each other.
pub(crate) fn invalid<T>(message: String) -> Result<T> {
    Err(Error::new(ErrorKind::InvalidInput, message))
}
