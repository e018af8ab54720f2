//! What a limiter knows: the requests of the last periods, and the calls that wait.
//!
//! All times are arguments, so this module has no clock and no tasks.

mod allowance;
mod limit;
mod queue;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod state;
mod wake;
mod window;

pub(crate) use self::{
    limit::Limit,
    state::{State, Turn},
    wake::wake,
};
