//! The environment of the tests.

use std::env;

/// Returns the URL of a server or the path of a folder from `cargo xtask e2e`.
#[track_caller]
pub(crate) fn place(variable: &str) -> String {
    match env::var(variable) {
        Ok(place) if !place.is_empty() => place,
        _ => panic!("{variable} is not set; run these tests with `cargo xtask e2e`"),
    }
}
