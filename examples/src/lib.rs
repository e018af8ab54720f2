//! What the programs in this folder have in common: their arguments, and how they end.

mod arguments;
mod program;

/// The code in the project's README, which uses every crate, compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use crate::{arguments::Arguments, program::main_of};
