//! [`Summary`]: the summary of the start of a conversation.

use serde::{Deserialize, Serialize};

/// The summary of the start of a conversation, as [`SummarizeMessages`](crate::SummarizeMessages)
/// keeps it in a store.
///
/// A conversation has several summaries: a longer one replaces a shorter one when the conversation
/// has grown, and branches can have their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// The name of the messages that the summary replaces: letters and digits that are computed from
    /// the messages. A conversation has one summary with each ID.
    pub id: String,
    /// The summary.
    pub text: String,
}

impl Summary {
    /// Creates a summary, for a store that loads it.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_conversations::Summary;
    ///
    /// let summary = Summary::new("5d41402abc4b2a76", "They greeted each other.");
    /// assert_eq!(summary.text, "They greeted each other.");
    /// ```
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), text: text.into() }
    }
}
