//! Replay: answers calls with the outputs of a recording, without a call to a service.

mod live_places;
mod mismatch;
mod recorded_answer;
mod recorded_call;
mod recorded_calls;
mod replay_config;
mod site;

pub use self::{mismatch::ReplayMismatch, replay_config::Replay};
