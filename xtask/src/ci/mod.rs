//! The steps of CI.

mod deny;
mod msrv;
mod pipeline;
mod step;

pub(crate) use pipeline::{list, run};
