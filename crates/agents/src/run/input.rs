//! [`AgentInput`]: the input of an agent's run.

use runnable_chat::PromptValue;
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
