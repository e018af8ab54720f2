//! The tests of this crate that need nothing but what it exports.

mod chat_model;
/// The tiny model of the unit tests.
#[path = "../../src/test_model.rs"]
#[allow(dead_code, reason = "the unit tests use more of it")]
mod test_model;
