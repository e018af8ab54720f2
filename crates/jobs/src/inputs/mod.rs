//! The inputs of a job: files, lists and streams.

mod item_iter;
mod item_stream;
mod job_inputs;
mod job_item;
mod read_item;

pub use self::{
    item_iter::{ItemIter, items},
    item_stream::{ItemStream, item_stream},
    job_inputs::JobInputs,
    job_item::JobItem,
    read_item::ReadItem,
};
