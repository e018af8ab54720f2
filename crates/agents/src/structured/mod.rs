//! Agents whose final answer is a value of a Rust type.

mod growing;
mod structured_agent;
mod structured_chunk;
mod structured_final_answer;
mod structured_output;

pub use self::{
    structured_agent::StructuredAgent, structured_chunk::StructuredAgentChunk,
    structured_final_answer::StructuredFinalAnswer, structured_output::StructuredAgentOutput,
};
