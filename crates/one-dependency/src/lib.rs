//! Tests that a crate needs only the dependency `runnable`: it tests the derive macro, the other
//! macros, and the programs in `README.md` and in the guides of `docs/`.
//!
//! The crate of a user has this one dependency too. The tests of the other crates also depend on
//! `runnable_core`, so they would not notice a path that is unavailable to users.

#[cfg(doctest)]
mod guides;
