//! Counts how many crates each crate of the workspace adds to a build.

mod budget;
mod report;
mod scales;

pub(crate) use report::{compare, list};
