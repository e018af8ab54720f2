//! The types of calls. The caller first configures a call, and then awaits or polls it.

mod batch;
mod invoke;
mod run_stream;

pub use self::{
    batch::{Batch, BatchAsCompleted},
    invoke::Invoke,
    run_stream::OutputStream,
};
