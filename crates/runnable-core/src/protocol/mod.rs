//! The [`Runnable`] trait, and the types that describe the input, the runs and the name of a step.

pub(crate) mod graph_of;
mod input_stream;
pub(crate) mod links;
mod runnable;
mod runs;
pub(crate) mod step_info;

pub use self::{
    input_stream::InputStream, links::Links, runnable::Runnable, runs::Runs, step_info::StepInfo,
};
