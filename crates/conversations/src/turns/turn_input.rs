//! [`TurnInput`]: the input of a chain that keeps conversations.

use runnable_chat::{Message, PromptValue};
use runnable_core::{Error, ErrorKind, Result, impl_at_once};
use serde::Serialize;

use crate::tree::{Conversation, MAIN_BRANCH, TurnId, TurnStart};

/// The input of a chain that keeps conversations: a conversation, and the new messages.
///
/// A pair of a key and a message converts into it. By default, the turn continues the branch
/// `main`.
///
/// # Examples
///
/// ```
/// use runnable_conversations::{TurnId, TurnInput, TurnStart};
///
/// let next = TurnInput::from(("ada", "Why is the sky blue?"));
/// assert_eq!((&*next.key, &*next.branch), ("ada", "main"));
///
/// // Replaces the second turn, and keeps the old one.
/// let edited = TurnInput::new("ada", "Why is the sea blue?").instead_of(TurnId::new(2));
/// assert_eq!(edited.start, TurnStart::InsteadOf(TurnId::new(2)));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TurnInput {
    /// The key of the conversation. An unknown key starts a conversation.
    #[doc(alias("session_id", "thread_id"))]
    pub key: String,
    /// The branch that ends at the new turn afterwards.
    pub branch: String,
    /// Where the turn continues the conversation.
    pub start: TurnStart,
    /// The new messages. At least one is required.
    pub messages: Vec<Message>,
}

impl_at_once!(TurnInput);

impl TurnInput {
    /// Creates the input for the next turn of the branch `main`.
    pub fn new(key: impl Into<String>, messages: impl Into<PromptValue>) -> Self {
        let (key, messages) = (key.into(), messages.into().messages);
        Self { key, branch: MAIN_BRANCH.to_owned(), start: TurnStart::End, messages }
    }

    /// Sets the branch.
    ///
    /// To start a branch, also call [`after`](Self::after) or [`instead_of`](Self::instead_of).
    #[must_use]
    pub fn on_branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = branch.into();
        self
    }

    /// Continues an earlier turn. The branch then ends at the new turn.
    ///
    /// The later turns remain in the store. To keep a name for them, set another
    /// [branch](Self::on_branch) for this turn.
    #[must_use]
    pub fn after(mut self, turn: TurnId) -> Self {
        self.start = TurnStart::After(turn);
        self
    }

    /// Replaces an earlier turn, for example because the user has edited the question.
    ///
    /// The replaced turn remains in the store:
    /// [`Conversation::versions_of`](crate::Conversation::versions_of) returns both.
    #[must_use]
    pub fn instead_of(mut self, turn: TurnId) -> Self {
        self.start = TurnStart::InsteadOf(turn);
        self
    }

    /// Returns the turn that the new turn continues.
    pub(crate) fn parent(&self, conversation: &Conversation) -> Result<Option<TurnId>> {
        if self.messages.is_empty() {
            let message = "a turn has no messages; pass at least one, such as `human(\"Hi\")`";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        match self.start {
            TurnStart::End => conversation.end_of(&self.branch),
            TurnStart::After(turn) => Ok(Some(conversation.find(turn)?.id)),
            TurnStart::InsteadOf(turn) => Ok(conversation.find(turn)?.parent),
        }
    }
}

/// Creates the input for the next turn of the branch `main` from a key and messages.
impl<K: Into<String>, M: Into<PromptValue>> From<(K, M)> for TurnInput {
    fn from((key, messages): (K, M)) -> Self {
        Self::new(key, messages)
    }
}

/// Clones the input, so that `invoke` and `batch` accept references.
impl From<&Self> for TurnInput {
    fn from(input: &Self) -> Self {
        input.clone()
    }
}
