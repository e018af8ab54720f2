//! Where things are.

use std::env;

/// What `cargo xtask e2e` says of a server or a folder.
#[track_caller]
pub(crate) fn place(variable: &str) -> String {
    match env::var(variable) {
        Ok(place) if !place.is_empty() => place,
        _ => panic!("{variable} is not set: run these tests by `cargo xtask e2e`"),
    }
}
