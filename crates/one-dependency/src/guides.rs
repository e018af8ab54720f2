//! Runs the programs of the README and of a guide as documentation tests.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../docs/composing.md")]
struct Composing;
