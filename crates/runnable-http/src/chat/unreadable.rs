//! Whole answers that are not what they should be.

use std::fmt;

use runnable_core::{Error, ErrorKind};

use crate::origin::UNREADABLE;

/// The error of a whole answer that a reader cannot read.
///
/// It says why, and shows nothing of the answer: a reader knows no secrets, and the answer may repeat
/// one. The transport adds host, method and path, and how the answer begins without the secrets of the
/// request. The error is of kind [`Parse`](ErrorKind::Parse).
///
/// ```
/// use runnable_http::chat::unreadable;
///
/// let error = unreadable("it has no `choices`");
/// assert_eq!(error.to_string(), "cannot read the answer: it has no `choices`");
/// ```
pub fn unreadable(why: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Parse, format!("{UNREADABLE}: {why}"))
}
