//! The cause of an error of the HTTP library.

use std::error::Error as _;

/// What is at the bottom of an error: libraries say above it only that something failed.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match error.source() {
        Some(_) => cause.to_string(),
        None => "it cannot be sent".to_owned(),
    }
}
