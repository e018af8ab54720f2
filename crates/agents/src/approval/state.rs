//! [`AgentState`]: the state of an agent that waits for the approval of tool calls.

use std::collections::BTreeMap;

use runnable_chat::{AiMessage, ContentBlock, Message, ToolCall, Usage, metering::UsageTotals};
use runnable_core::{Error, ErrorKind, Result, impl_at_once};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Decision;

/// The state of an agent that waits for the approval of tool calls.
///
/// [`AgentOutput::paused`](crate::AgentOutput::paused) contains it. The state serializes to JSON,
/// so a program can store it, ask a person, and continue later with
/// [`Agent::resume`](crate::Agent::resume), also in another process. The state contains the
/// conversation and the decisions, but not the settings of the agent: create the agent in the same
/// way before you continue.
///
/// The state decides which tools run. Store it where only your program can change it.
///
/// ```
/// use runnable_agents::prelude::*;
/// use runnable_testing::{ScriptedChatModel, ScriptedReply};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let delete = tool("delete", "Deletes all files.", |(): (), _| async { Ok("deleted") });
/// let replies = [ScriptedReply::tool_call("delete", json!({})), "I did not delete them.".into()];
/// let model = ScriptedChatModel::new(replies).to_model();
/// let agent = agent(model, [delete]).require_approval(["delete"]);
///
/// let mut state = agent.invoke("Delete my files.").await?.paused.expect("the call needs approval");
/// let calls: Vec<_> = state.pending().map(|call| call.name.clone()).collect();
/// assert_eq!(calls, ["delete"]);
///
/// let stored = serde_json::to_string(&state).map_err(Error::other)?;
/// let mut state: AgentState = serde_json::from_str(&stored).map_err(Error::other)?;
/// state.reject_all("The user wants to keep the files.");
/// let output = agent.resume().invoke(state).await?;
/// assert_eq!(output.text(), "I did not delete them.");
/// # Ok(())
/// # }
/// ```
#[doc(alias("interrupt", "HumanInTheLoopMiddleware", "checkpoint"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentState {
    /// The conversation. Its last message is the answer that requests the tool calls.
    pub messages: Vec<Message>,
    /// The number of rounds so far.
    pub rounds: u32,
    /// The token usage of all rounds so far.
    #[serde(default)]
    pub usage: Usage,
    /// What the agent has spent so far, including the models that tools called. It is empty unless
    /// the agent has a [spending limit](crate::Agent::spending_limit) that is
    /// [`per_call`](runnable_chat::SpendingLimit::per_call).
    #[serde(default, skip_serializing_if = "UsageTotals::is_empty")]
    pub spent: UsageTotals,
    /// The number of final answers that the model had to correct.
    #[serde(default)]
    pub(crate) corrections: u32,
    /// The decisions about the calls that need approval, by the IDs of the calls. A decision is
    /// `None` if it is still to be made.
    pub(crate) decisions: BTreeMap<String, Option<Decision>>,
}

impl_at_once!(AgentState);

/// Clones the state, so that `invoke` accepts a reference.
impl From<&Self> for AgentState {
    fn from(state: &Self) -> Self {
        state.clone()
    }
}

impl AgentState {
    /// Returns the tool calls that need a decision, in the order in which the model requested them.
    pub fn pending(&self) -> impl Iterator<Item = &ToolCall> {
        let is_pending = |call: &&ToolCall| {
            let id = call.id.as_deref().unwrap_or_default();
            matches!(self.decisions.get(id), Some(None))
        };
        self.answer().into_iter().flat_map(AiMessage::tool_calls).filter(is_pending)
    }

    /// Approves the call with this ID.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if no call with this ID needs approval.
    pub fn approve(&mut self, id: &str) -> Result<()> {
        self.decide(id, Decision::Approved)
    }

    /// Approves the call with this ID, and replaces its arguments. The model sees the call with the
    /// new arguments.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if no call with this ID needs approval.
    pub fn approve_with(&mut self, id: &str, args: impl Into<Value>) -> Result<()> {
        self.decide(id, Decision::Approved)?;
        if let Some(Message::Ai(answer)) = self.messages.last_mut() {
            let calls = answer.content.iter_mut().filter_map(|block| match block {
                ContentBlock::ToolCall(call) if call.id.as_deref() == Some(id) => Some(call),
                _ => None,
            });
            let args = args.into();
            calls.for_each(|call| call.args.clone_from(&args));
        }
        Ok(())
    }

    /// Approves all calls that need a decision.
    pub fn approve_all(&mut self) {
        for decision in self.decisions.values_mut() {
            decision.get_or_insert(Decision::Approved);
        }
    }

    /// Rejects the call with this ID. The tool does not run, and the model reads the reason.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if no call with this ID needs approval.
    pub fn reject(&mut self, id: &str, reason: impl Into<String>) -> Result<()> {
        self.decide(id, Decision::Rejected(reason.into()))
    }

    /// Rejects all calls that need a decision.
    pub fn reject_all(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        for decision in self.decisions.values_mut() {
            decision.get_or_insert_with(|| Decision::Rejected(reason.clone()));
        }
    }

    fn decide(&mut self, id: &str, decided: Decision) -> Result<()> {
        if let Some(decision) = self.decisions.get_mut(id) {
            *decision = Some(decided);
            return Ok(());
        }
        let known: Vec<_> = self.decisions.keys().take(10).map(|id| format!("`{id}`")).collect();
        let message = format!(
            "unknown tool call `{id}`: expected one of {}; `AgentState::pending` returns the calls",
            known.join(", ")
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    /// Returns the answer that requests the calls.
    fn answer(&self) -> Option<&AiMessage> {
        match self.messages.last()? {
            Message::Ai(answer) => Some(answer),
            _ => None,
        }
    }

    /// Returns the answer that requests the calls, and the decisions.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if a call still needs a decision, or if the last message
    /// is not an answer with tool calls.
    pub(crate) fn decided(&self) -> Result<(AiMessage, BTreeMap<String, Decision>)> {
        let Some(answer) = self.answer().filter(|answer| answer.tool_calls().next().is_some())
        else {
            let message = "invalid agent state: the last message is not an answer with tool calls";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        let mut decisions = BTreeMap::new();
        for (id, decision) in &self.decisions {
            let Some(decision) = decision else {
                let message = format!(
                    "cannot resume the agent: the tool call `{id}` needs a decision; call \
                     `AgentState::approve` or `AgentState::reject`"
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            };
            decisions.insert(id.clone(), decision.clone());
        }
        Ok((answer.clone(), decisions))
    }
}
