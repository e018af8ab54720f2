//! [`unreadable`]: creates the error for a complete response that cannot be read.

use std::fmt;

use runnable_core::{Error, ErrorKind};

use crate::origin::UNREADABLE;

/// Creates the error of kind [`Parse`](ErrorKind::Parse) for a complete response that a reader cannot
/// read.
///
/// Its message contains the reason, but no part of the response: the response may repeat a secret,
/// and a reader does not know the secrets. The transport adds the host, method and path, and the
/// start of the response with its secrets masked.
///
/// ```
/// use runnable_http::chat::unreadable;
///
/// let error = unreadable("missing `choices`");
/// assert_eq!(error.to_string(), "cannot read the response: missing `choices`");
/// ```
pub fn unreadable(why: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Parse, format!("{UNREADABLE}: {why}"))
}
