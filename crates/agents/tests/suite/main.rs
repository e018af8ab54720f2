//! Tests of agents. No test sleeps: time is paused, or streams are polled by hand.

mod approvals;
mod attribute;
mod calls;
mod laws;
mod limits;
mod memory;
mod outputs;
mod replies;
mod resumed_elsewhere;
mod rounds;
mod runs;
mod structured;
mod tool_outputs;
