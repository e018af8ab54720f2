//! Messages that are nothing but their text.

use serde::{Deserialize, Serialize};

/// Instructions that hold for the whole conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SystemMessage {
    /// The text of the message.
    pub content: String,
}

impl SystemMessage {
    /// A message of this text.
    pub fn new(content: impl Into<String>) -> Self {
        Self { content: content.into() }
    }
}

/// What the user said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HumanMessage {
    /// The text of the message.
    pub content: String,
}

impl HumanMessage {
    /// A message of this text.
    pub fn new(content: impl Into<String>) -> Self {
        Self { content: content.into() }
    }
}
