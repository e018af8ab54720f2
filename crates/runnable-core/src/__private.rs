//! Items that the macros of this crate use in other crates. They are not part of the public API.

pub use serde;

pub use crate::value::fields::{Fields, unraw};
