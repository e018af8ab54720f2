//! Finds the cause of an error of reqwest, the HTTP library.

use std::error::Error as _;

/// Returns the message of the innermost cause. The outer errors only say that something failed.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match error.source() {
        Some(_) => cause.to_string(),
        None => "the request is invalid".to_owned(),
    }
}
