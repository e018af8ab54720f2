//! What CI does, step by step.

mod deny;
mod msrv;
mod pipeline;
mod step;

pub(crate) use pipeline::{list, run};
