//! The output of an agent, and its chunks.

mod agent_chunk;
mod agent_output;
mod part;

pub use self::{agent_chunk::AgentChunk, agent_output::AgentOutput, part::AgentPart};
