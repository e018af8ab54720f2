//! A message of any kind.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{AiMessage, HumanMessage, SystemMessage, ToolMessage};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Message {
    /// Instructions that hold for the whole conversation.
    System(SystemMessage),
    /// What the user said.
    Human(HumanMessage),
    /// What the model said.
    Ai(AiMessage),
    /// What a tool gave back to the model.
    Tool(ToolMessage),
}

impl Message {
    /// The text of the message.
    pub fn text(&self) -> &str {
        match self {
            Self::System(message) => &message.content,
            Self::Human(message) => &message.content,
            Self::Ai(message) => message.text(),
            Self::Tool(message) => &message.content,
        }
    }

    /// The same message with another text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        let content = match &mut self {
            Self::System(message) => &mut message.content,
            Self::Human(message) => &mut message.content,
            Self::Ai(message) => &mut message.content,
            Self::Tool(message) => &mut message.content,
        };
        *content = text.into();
        self
    }

    /// Who speaks, as chat templates and most providers call it: `system`, `user`, `assistant` or
    /// `tool`.
    pub fn role(&self) -> &'static str {
        match self {
            Self::System(_) => "system",
            Self::Human(_) => "user",
            Self::Ai(_) => "assistant",
            Self::Tool(_) => "tool",
        }
    }
}

/// Instructions for the model, or the template of them in a [`prompt`](crate::prompt()).
pub fn system<'a>(text: impl Into<Cow<'a, str>>) -> Message {
    SystemMessage::new(text.into()).into()
}

/// What the user says, or the template of it in a [`prompt`](crate::prompt()).
pub fn human<'a>(text: impl Into<Cow<'a, str>>) -> Message {
    HumanMessage::new(text.into()).into()
}

/// What the model said before, or the template of it in a [`prompt`](crate::prompt()).
pub fn ai<'a>(text: impl Into<Cow<'a, str>>) -> Message {
    AiMessage::new(text.into()).into()
}

impl From<SystemMessage> for Message {
    fn from(message: SystemMessage) -> Self {
        Self::System(message)
    }
}

impl From<HumanMessage> for Message {
    fn from(message: HumanMessage) -> Self {
        Self::Human(message)
    }
}

impl From<AiMessage> for Message {
    fn from(message: AiMessage) -> Self {
        Self::Ai(message)
    }
}

impl From<ToolMessage> for Message {
    fn from(message: ToolMessage) -> Self {
        Self::Tool(message)
    }
}

/// Text alone is what the user says.
impl From<&str> for Message {
    fn from(text: &str) -> Self {
        human(text)
    }
}

/// Text alone is what the user says.
impl From<String> for Message {
    fn from(text: String) -> Self {
        human(text)
    }
}
