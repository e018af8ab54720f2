//! A round of an agent: one answer of the model, and the results of its tool calls.

mod calls;
mod request;
mod round_chunk;
mod round_output;
mod round_step;

pub(crate) use self::round_step::{RoundInput, RoundStep, RoundWork};
pub use self::{
    round_chunk::{RoundChunk, ToolResult},
    round_output::RoundOutput,
};
