//! The types of calls. A call is configured first, and then awaited or polled.

mod batch;
mod invoke;
mod run_stream;

pub use self::{
    batch::{Batch, BatchAsCompleted},
    invoke::Invoke,
    run_stream::OutputStream,
};
