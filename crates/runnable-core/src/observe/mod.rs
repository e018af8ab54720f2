//! Listeners, the events that they receive, and observed runs.

pub(crate) mod attached;
mod cause_cell;
pub(crate) mod event;
pub(crate) mod hook;
pub(crate) mod inner_runs;
pub(crate) mod input_tap;
mod listener;
pub(crate) mod live_run;
pub(crate) mod opening;
pub(crate) mod payload;
mod run;
mod wait_reason;
mod wanted;

pub use self::{
    event::{RunEvent, RunEventData, Timing},
    listener::{Interest, Listener},
    payload::{Kept, Payload},
    run::{Metadata, Run, RunKind},
    wait_reason::WaitReason,
};
