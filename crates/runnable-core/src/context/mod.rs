//! [`RunContext`]: the settings, listeners and limits that a run passes on to the steps inside it.

mod emit;
pub(crate) mod frame;
pub(crate) mod inherited;
mod lease_sharing;
mod on_report;
mod pause;
mod place;
mod propagate;
mod report_tap;
mod reporter;
pub(crate) mod resources;
mod retries;
pub(crate) mod run_context;
mod shared_work;
mod timed;

pub use self::{
    place::ChildPosition, reporter::RunReporter, run_context::RunContext, shared_work::SharedWork,
};
