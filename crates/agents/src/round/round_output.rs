//! [`RoundOutput`]: the output of a round.

use runnable_chat::{AiMessage, Message, ToolMessage};
use serde::Serialize;

/// The output of a round of an agent: the model's answer, and the results of the tool calls in the
/// answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RoundOutput {
    /// The number of the round, counted from 1.
    pub number: u32,
    /// The answer of the model. It is `None` in the round that a resumed agent completes, because
    /// the answer was part of the output before the pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AiMessage>,
    /// The results of the tool calls, in the order of the calls.
    pub results: Vec<ToolMessage>,
    /// The IDs of the tool calls that need approval. If there are any, no tool of the round has
    /// run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub awaiting: Vec<String>,
    /// The message that asks the model to correct its final answer, which could not be deserialized.
    /// The next round contains the corrected answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<Message>,
}

impl RoundOutput {
    /// Converts the output into the messages of the round: the answer, the results of the tools, and
    /// the correction.
    pub fn into_messages(self) -> impl Iterator<Item = Message> {
        let results = self.results.into_iter().map(Message::from);
        self.answer.map(Message::from).into_iter().chain(results).chain(self.correction)
    }
}
