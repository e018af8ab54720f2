//! The code that the example programs share: parsing arguments, reading lines, and running the
//! program.

mod arguments;
mod input_lines;
mod program;

pub use crate::{arguments::Arguments, input_lines::input_lines, program::main_of};
