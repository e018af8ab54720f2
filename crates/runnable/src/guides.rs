//! The code in the guides that use several crates compiles and runs, as tests of the docs.

#[doc = include_str!("../../../docs/tools.md")]
struct Tools;

#[doc = include_str!("../../../docs/testing.md")]
struct Testing;
