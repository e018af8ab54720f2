//! The programs that a reader copies, as tests of the docs.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../docs/composing.md")]
struct Composing;
