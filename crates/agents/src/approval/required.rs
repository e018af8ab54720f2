//! [`ApprovalRequired`]: the reason why an agent has no final answer.

use std::{error, fmt};

use super::AgentState;

/// The reason why a step that returns the final answer of an agent fails: tool calls need approval.
///
/// [`Error::downcast_ref`](runnable_core::Error::downcast_ref) returns it from the error of
/// [`Agent::final_answer`](crate::Agent::final_answer) and
/// [`StructuredAgent::final_answer`](crate::StructuredAgent::final_answer).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApprovalRequired {
    /// The state of the agent, from which [`Agent::resume`](crate::Agent::resume) continues.
    pub state: AgentState,
}

impl ApprovalRequired {
    pub(crate) fn new(state: AgentState) -> Self {
        Self { state }
    }
}

impl fmt::Display for ApprovalRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            self.state.pending().map(|call| format!("`{}`", call.name)).take(10).collect();
        write!(
            f,
            "the agent waits for the approval of calls of {}; take the state from the source of \
             this error, decide, and continue with the agent's `resume`",
            names.join(", ")
        )
    }
}

impl error::Error for ApprovalRequired {}
