//! The graph of the modules of a crate: which file refers to which.
//!
//! A reference is a path in the code, in a `use` or elsewhere, that leads to another file of the same
//! crate. It counts for the file that defines the item, not for the files that re-export it. Tests and
//! the code in documentation do not count.

mod crate_graph;
mod cycle;
mod drawing;
mod loader;
mod macro_tokens;
mod module;
mod names;
mod references;
mod resolver;
#[cfg(test)]
mod tests;

pub(crate) use crate_graph::{CrateGraph, Reference};
pub(crate) use cycle::Cycle;
pub(crate) use drawing::{draw, label};
