//! The tests that use only the public API of this crate.

mod chat_model;
/// The tiny model of the unit tests.
#[path = "../../src/test_model.rs"]
#[allow(dead_code, reason = "the unit tests use more of it")]
mod test_model;
