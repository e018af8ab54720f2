//! What the programs in this folder have in common: their arguments, and how they end.

mod arguments;
mod program;

pub use crate::{arguments::Arguments, program::main_of};
