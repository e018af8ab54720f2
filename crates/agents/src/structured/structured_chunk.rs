//! [`StructuredAgentChunk`]: a chunk of the output of an agent with a typed answer.

use runnable_chat::parser::FromGrowingJson;
use runnable_core::{Chunk, Chunked, Result};
use serde::Serialize;

use super::StructuredAgentOutput;
use crate::{AgentChunk, AgentOutput};

/// A chunk of a [`StructuredAgentOutput`]: a chunk of the agent's output, and the value that is
/// known so far.
///
/// ```
/// use runnable_agents::prelude::*;
/// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
/// # struct Order { items: Vec<String> }
///
/// async fn show(agent: StructuredAgent<Order>, question: &str) -> Result<()> {
///     let mut chunks = agent.stream(question);
///     while let Some(chunk) = chunks.next().await {
///         let chunk = chunk?;
///         if let Some(order) = chunk.value {
///             println!("{} items so far", order.items.len());
///         }
///         for part in chunk.agent.into_parts() {
///             if let AgentPart::ToolResult { message, .. } = part {
///                 println!("[{}]", message.text());
///             }
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StructuredAgentChunk<T> {
    /// The chunk of the agent's output. It is empty in the last chunk of a stream.
    #[serde(flatten)]
    pub agent: AgentChunk,
    /// The value so far, if this chunk changes it. It replaces the value of earlier chunks.
    ///
    /// Fields that are not known yet have their defaults, as with
    /// [`json_partial`](runnable_chat::parser::json_partial()). The value in the last chunk of a
    /// stream is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<T>,
}

impl<T: FromGrowingJson> Chunk for StructuredAgentChunk<T> {
    type Whole = StructuredAgentOutput<T>;

    fn merge(&mut self, next: Self) {
        self.agent.merge(next.agent);
        self.value = next.value.or(self.value.take());
    }

    fn has_content(&self) -> bool {
        self.agent.has_content() || self.value.is_some()
    }
}

impl<T: FromGrowingJson> Chunked for StructuredAgentOutput<T> {
    type Chunk = StructuredAgentChunk<T>;

    fn into_chunk(self) -> StructuredAgentChunk<T> {
        StructuredAgentChunk { agent: self.agent.into_chunk(), value: self.value }
    }

    fn from_chunk(chunk: StructuredAgentChunk<T>) -> Result<Self> {
        // The text before a tool call can look like a part of a value. If the agent pauses, there is
        // no final answer.
        Ok(Self::new(AgentOutput::from_chunk(chunk.agent)?, chunk.value))
    }
}
