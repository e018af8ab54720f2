//! [`AgentOutput`]: the rounds of an agent, and how the agent ended.

use std::borrow::Cow;

use runnable_chat::{AiMessage, Message, Usage};
use runnable_core::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::{AgentState, ApprovalRequired, RoundOutput};

/// The output of an [`Agent`](crate::Agent): its rounds, and the state if it waits for approval.
///
/// A round is one answer of the model, with the results of the tool calls in this answer. If the
/// agent is not paused, the answer of the last round is the final answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AgentOutput {
    /// The rounds, in order. After [`Agent::resume`](crate::Agent::resume), these are the rounds
    /// since the pause.
    pub rounds: Vec<RoundOutput>,
    /// The state of the agent, if the agent waits for the approval of tool calls. `None` if the
    /// agent has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<AgentState>,
}

impl AgentOutput {
    /// Returns the final answer, or `None` if the agent waits for the approval of tool calls.
    pub fn answer(&self) -> Option<&AiMessage> {
        match &self.paused {
            None => self.rounds.last()?.answer.as_ref(),
            Some(_) => None,
        }
    }

    /// Returns the text of the final answer. It is empty if the agent waits for the approval of
    /// tool calls.
    pub fn text(&self) -> Cow<'_, str> {
        self.answer().map_or(Cow::Borrowed(""), AiMessage::text)
    }

    /// Converts the output into the final answer.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Other`] if the agent waits for the approval of tool calls. The source
    /// of the error is [`ApprovalRequired`].
    pub fn into_answer(mut self) -> Result<AiMessage> {
        if let Some(state) = self.paused {
            return Err(Error::wrap(ErrorKind::Other, ApprovalRequired::new(state)));
        }
        self.rounds.pop().and_then(|round| round.answer).ok_or_else(|| {
            Error::new(ErrorKind::EmptyStream, "the agent ended without an answer of the model")
        })
    }

    /// Converts the output into the messages that the agent added to the conversation: the answers
    /// of the model, the results of the tools, and the corrections of final answers.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let model = ScriptedChatModel::new(["Hello!"]).to_model();
    /// let mut conversation = PromptValue::from("Hi");
    /// let output = agent(model, []).invoke(&conversation).await?;
    /// conversation.extend(output.into_messages());
    /// assert_eq!(conversation.text(), "Hi\nHello!");
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_messages(self) -> Vec<Message> {
        self.rounds.into_iter().flat_map(RoundOutput::into_messages).collect()
    }

    /// Returns the token usage of the rounds. Models that tools call are not included.
    pub fn usage(&self) -> Usage {
        let answers = self.rounds.iter().filter_map(|round| round.answer.as_ref());
        answers.filter_map(|answer| answer.usage).sum()
    }
}
