//! [`AgentPart`]: what a chunk of an agent's output adds.

use runnable_chat::{AiMessageChunk, Message, ToolMessage};

use crate::AgentState;

/// A part of the output of an agent. Created by
/// [`AgentChunk::into_parts`](crate::AgentChunk::into_parts).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "a part is used at once and not stored in lists")]
pub enum AgentPart {
    /// A chunk of the model's answer: text, reasoning, or a part of a tool call.
    #[non_exhaustive]
    Answer {
        /// The number of the round, counted from 1.
        round: u32,
        /// The chunk.
        chunk: AiMessageChunk,
    },
    /// The result of a tool call. The results of a round arrive in the order in which the tools
    /// complete.
    #[non_exhaustive]
    ToolResult {
        /// The number of the round, counted from 1.
        round: u32,
        /// The message that the model reads, and the artifact for the program.
        message: ToolMessage,
    },
    /// The final answer could not be deserialized. The next round contains the corrected answer.
    ///
    /// Only a [`StructuredAgent`](crate::StructuredAgent) has such parts. What was shown of the
    /// answer so far is invalid.
    #[non_exhaustive]
    Correction {
        /// The number of the round, counted from 1.
        round: u32,
        /// The message that the model reads. It contains the error.
        message: Message,
    },
    /// The agent waits for the approval of tool calls. It is the last part.
    Paused(AgentState),
}
