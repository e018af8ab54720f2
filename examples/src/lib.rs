//! The code that all example programs share: parsing arguments, and running the program.

mod arguments;
mod program;

pub use crate::{arguments::Arguments, program::main_of};
