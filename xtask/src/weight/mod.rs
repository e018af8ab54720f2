//! What our crates cost those who depend on them: how many crates each pulls in.

mod budget;
mod report;
mod scales;

pub(crate) use report::{compare, list};
