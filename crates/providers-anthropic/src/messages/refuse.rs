//! The error of a request that the API would refuse.

use runnable_core::{Error, ErrorKind, Result};

/// The error of a request that the API would refuse, or could not understand.
pub(crate) fn refuse<T>(what: String) -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, what))
}

/// The error of options that contradict each other or have the wrong form.
pub(crate) fn invalid<T>(what: String) -> Result<T> {
    Err(Error::new(ErrorKind::InvalidInput, what))
}
