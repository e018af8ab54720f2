//! The code that all example programs share: parsing arguments, and running the program.

mod arguments;
mod program;

/// Compiles the code of the project's README, which uses every crate.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use crate::{arguments::Arguments, program::main_of};
