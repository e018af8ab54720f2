//! The types of calls. The caller first configures a call, and then awaits or polls it.

mod batch;
mod batch_config;
mod batch_item;
mod batch_stream;
mod invoke;
mod run_stream;
mod running_batch;
mod waiting_results;

pub use self::{
    batch::{Batch, BatchAsCompleted},
    batch_stream::{BatchStream, BatchStreamAsCompleted},
    invoke::Invoke,
    run_stream::OutputStream,
};
