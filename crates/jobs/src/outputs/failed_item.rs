//! [`FailedItem`]: why an item failed.

use std::{error, fmt};

use runnable_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// The reason why an item failed, and how often it was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedItem {
    /// The kind of the last error, such as `rate_limit`. See
    /// [`ErrorKind::as_str`](runnable_core::ErrorKind::as_str).
    pub kind: String,
    /// The message of the last error, with the path of the steps.
    pub message: String,
    /// The number of attempts.
    pub attempts: u32,
}

impl FailedItem {
    /// Creates the reason from the last error of an item.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    /// use runnable_jobs::FailedItem;
    ///
    /// let failed = FailedItem::new(&Error::new(ErrorKind::Parse, "invalid JSON"), 3);
    /// assert_eq!(failed.to_string(), "invalid JSON");
    /// assert_eq!(failed.error_kind(), ErrorKind::Parse);
    /// ```
    pub fn new(error: &Error, attempts: u32) -> Self {
        Self { kind: error.kind().as_str().to_owned(), message: error.to_string(), attempts }
    }

    /// Returns the kind of the error. A kind of another version of this library is
    /// [`ErrorKind::Other`].
    pub fn error_kind(&self) -> ErrorKind {
        ErrorKind::from_name(&self.kind).unwrap_or(ErrorKind::Other)
    }
}

impl fmt::Display for FailedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for FailedItem {}
