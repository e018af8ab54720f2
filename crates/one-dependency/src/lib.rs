//! Tests that everything works in a crate that depends on `runnable` and no other crate of this
//! project: the derive, the macros, and the programs of `README.md` and of the guide "Composing".
//!
//! A reader's crate looks like this one. In the tests of the other crates, `runnable_core` is a
//! dependency too, so they would not notice a path that a reader's crate does not have.

#[cfg(doctest)]
mod guides;
