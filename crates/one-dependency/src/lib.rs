//! Tests a crate that depends only on `runnable`: the derive, the macros, and the programs of
//! `README.md` and of the guides in `docs/`.
//!
//! A user's crate has the same dependencies. The tests of the other crates also depend on
//! `runnable_core`, so they would not notice a path that is unavailable to users.

#[cfg(doctest)]
mod guides;
