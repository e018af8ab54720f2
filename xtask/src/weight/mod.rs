//! Counts how many crates each crate of the workspace pulls in.

mod budget;
mod report;
mod scales;

pub(crate) use report::{compare, list};
