//! Runs the code of the guides that use several crates as documentation tests.

#[doc = include_str!("../../../docs/tools.md")]
struct Tools;

#[doc = include_str!("../../../docs/testing.md")]
struct Testing;
