//! Steps made of other steps, one to a file.

mod parallel;
mod sequence;
mod tee;

pub use self::{
    parallel::{Branches, Parallel, parallel},
    sequence::Sequence,
};
