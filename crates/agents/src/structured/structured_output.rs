//! [`StructuredAgentOutput`]: the rounds of an agent, and its final answer as a Rust value.

use runnable_core::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::{AgentOutput, ApprovalRequired};

/// The output of a [`StructuredAgent`](super::StructuredAgent): the output of the agent, and the
/// final answer as a Rust value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StructuredAgentOutput<T> {
    /// The rounds, and the state if the agent waits for the approval of tool calls.
    #[serde(flatten)]
    pub agent: AgentOutput,
    /// The final answer. `None` if the agent waits for the approval of tool calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<T>,
}

impl<T> StructuredAgentOutput<T> {
    /// Creates an output from the output of an agent and the value of its final answer, for example
    /// in a test. The value of a paused agent is ignored.
    pub fn new(agent: AgentOutput, value: impl Into<Option<T>>) -> Self {
        let value = value.into().filter(|_| agent.paused.is_none());
        Self { agent, value }
    }

    /// Converts the output into the value of the final answer.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Other`] if the agent waits for the approval of tool calls. The source
    /// of the error is [`ApprovalRequired`].
    pub fn into_value(self) -> Result<T> {
        if let Some(state) = self.agent.paused {
            return Err(Error::wrap(ErrorKind::Other, ApprovalRequired::new(state)));
        }
        self.value
            .ok_or_else(|| Error::new(ErrorKind::EmptyStream, "the agent ended without an answer"))
    }
}
