//! Batches that last: a chain over many inputs, with a journal on the disk.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod inputs;
pub mod outputs;

pub use self::{
    inputs::{JobInputs, JobItem, ReadItem},
    outputs::{FailedItem, JobOutput, JobResult, OutputWriter},
};
