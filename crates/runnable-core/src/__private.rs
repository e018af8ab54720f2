//! What the macros of this crate write into the crates of their users. Not part of the API.

pub use serde;

pub use crate::fields::{Fields, unraw};
