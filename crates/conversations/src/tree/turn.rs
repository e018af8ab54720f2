//! [`Turn`]: messages of the user, and the answer to them.

use runnable_chat::Message;
use serde::{Deserialize, Serialize};

use super::TurnId;
use crate::messages::without_unfinished_calls;

/// A turn of a conversation: messages of the user, and the messages of the answer.
///
/// It serializes to JSON, with the messages in LangChain's format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Turn {
    /// The number of the turn in its conversation.
    pub id: TurnId,
    /// The turn that this turn continues. `None` if this turn starts the conversation anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<TurnId>,
    /// The messages of the user.
    pub input: Vec<Message>,
    /// The messages of the answer, as far as they arrived.
    pub answer: Vec<Message>,
    /// How the turn ended.
    pub status: TurnStatus,
}

/// How a [`Turn`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TurnStatus {
    /// The answer is complete.
    Complete,
    /// The caller dropped the call, or a cancellation token cancelled it. The answer is kept as far
    /// as it arrived.
    Cancelled,
    /// The chain failed. The answer is kept as far as it arrived.
    Failed,
}

impl Turn {
    /// Creates a turn with this input. It has no answer yet, and counts as cancelled.
    ///
    /// Use this in your own store, or to import a conversation. See
    /// [`with_answer`](Self::with_answer) for an example.
    pub fn new(
        id: TurnId,
        parent: Option<TurnId>,
        input: impl IntoIterator<Item = impl Into<Message>>,
    ) -> Self {
        let input = input.into_iter().map(Into::into).collect();
        Self { id, parent, input, answer: Vec::new(), status: TurnStatus::Cancelled }
    }

    /// Sets the answer, and how the turn ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::{ai, human};
    /// use runnable_conversations::{Turn, TurnId, TurnStatus};
    ///
    /// let turn = Turn::new(TurnId::new(1), None, [human("Hi")])
    ///     .with_answer([ai("Hello")], TurnStatus::Complete);
    /// assert_eq!(turn.messages(), [human("Hi"), ai("Hello")]);
    /// ```
    #[must_use]
    pub fn with_answer(
        mut self,
        answer: impl IntoIterator<Item = impl Into<Message>>,
        status: TurnStatus,
    ) -> Self {
        self.answer = answer.into_iter().map(Into::into).collect();
        self.status = status;
        self
    }

    /// Returns the messages of this turn that later turns send to the model.
    ///
    /// For a complete turn, these are all its messages. The answer of another turn was cut off: a
    /// tool call without a result and reasoning are left out, because services reject them. A turn
    /// without an answer has no messages for the model, so that a repeated question is sent once.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::human;
    /// use runnable_conversations::{Turn, TurnId};
    ///
    /// let unanswered = Turn::new(TurnId::new(1), None, [human("Hi")]);
    /// assert!(unanswered.messages().is_empty());
    /// ```
    pub fn messages(&self) -> Vec<Message> {
        let answer = match self.status {
            TurnStatus::Complete => self.answer.clone(),
            TurnStatus::Cancelled | TurnStatus::Failed => {
                let answer = without_unfinished_calls(self.answer.clone());
                if answer.is_empty() {
                    return answer;
                }
                answer
            }
        };
        self.input.iter().cloned().chain(answer).collect()
    }
}
