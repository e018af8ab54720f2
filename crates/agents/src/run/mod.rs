//! The run of an agent: one round after another, until the model answers without tool calls.

mod agent_loop;
mod conversation;
mod input;

pub(crate) use self::{agent_loop::AgentLoop, input::AgentInput};
