//! [`AgentInput`]: the input of an agent's run.

use runnable_chat::{PromptValue, metering::UsageTotals};
use runnable_core::impl_at_once;
use serde::Serialize;

use crate::AgentState;

/// The input of an agent's run: a conversation, or the state of a paused agent.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum AgentInput {
    Start(PromptValue),
    Resume(AgentState),
}

impl_at_once!(AgentInput);

impl AgentInput {
    /// Returns what the agent has spent before this call.
    pub(crate) fn spent(&self) -> UsageTotals {
        match self {
            Self::Start(_) => UsageTotals::default(),
            Self::Resume(state) => state.spent.clone(),
        }
    }
}
