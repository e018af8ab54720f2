//! Calls of a step, as its user makes them: each is configured, then awaited or polled.

mod batch;
mod bounds;
mod invoke;
mod run_stream;

pub(crate) use self::bounds::{Bounds, Passed};
pub use self::{
    batch::{Batch, BatchAsCompleted},
    invoke::Invoke,
    run_stream::OutputStream,
};
