//! A message of any kind.

use std::borrow::Cow;

use runnable_core::Result;
use serde::Serialize;
use serde_json::Value;

use super::{
    ai_message::AiMessage,
    block::{ContentBlock, Media, MediaSource},
    content::text_of,
    human_and_system::{HumanMessage, SystemMessage},
    tool_message::ToolMessage,
};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(
    clippy::large_enum_variant,
    reason = "conversations are short, and half of them are answers"
)]
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
    /// What it says, in its order.
    pub fn content(&self) -> &[ContentBlock] {
        match self {
            Self::System(message) => &message.content,
            Self::Human(message) => &message.content,
            Self::Ai(message) => &message.content,
            Self::Tool(message) => &message.content,
        }
    }

    /// The text of the message: that of all its text blocks.
    pub fn text(&self) -> Cow<'_, str> {
        text_of(self.content())
    }

    /// The same message with the words of each block changed: texts, and addresses of media.
    pub(crate) fn try_map_words(mut self, f: impl Fn(&str) -> Result<String>) -> Result<Self> {
        let content = match &mut self {
            Self::System(message) => &mut message.content,
            Self::Human(message) => &mut message.content,
            Self::Ai(message) => &mut message.content,
            Self::Tool(message) => &mut message.content,
        };
        for words in content.iter_mut().filter_map(words) {
            *words = f(words)?;
        }
        Ok(self)
    }

    /// The words of each block: texts, and addresses of media.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.content().iter().filter_map(|block| match block {
            ContentBlock::Text(block) => Some(&*block.text),
            ContentBlock::Image(media)
            | ContentBlock::Audio(media)
            | ContentBlock::Video(media)
            | ContentBlock::File(media) => match &media.source {
                MediaSource::Url(url) => Some(&**url),
                _ => None,
            },
            _ => None,
        })
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

fn words(block: &mut ContentBlock) -> Option<&mut String> {
    match block {
        ContentBlock::Text(block) => Some(&mut block.text),
        ContentBlock::Image(Media { source: MediaSource::Url(url), .. })
        | ContentBlock::Audio(Media { source: MediaSource::Url(url), .. })
        | ContentBlock::Video(Media { source: MediaSource::Url(url), .. })
        | ContentBlock::File(Media { source: MediaSource::Url(url), .. }) => Some(url),
        _ => None,
    }
}

/// Creates a message with instructions for the model, of exactly this text.
///
/// With variables, it is a [`system_template`](crate::system_template).
pub fn system<'a>(text: impl Into<Cow<'a, str>>) -> Message {
    SystemMessage::new(text.into()).into()
}

/// Creates a message of the user, of exactly this text.
///
/// With variables, it is a [`human_template`](crate::human_template).
pub fn human<'a>(text: impl Into<Cow<'a, str>>) -> Message {
    HumanMessage::new(text.into()).into()
}

/// Creates an earlier answer of the model, of exactly this text.
///
/// With variables, it is an [`ai_template`](crate::ai_template).
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
impl From<&String> for Message {
    fn from(text: &String) -> Self {
        human(text)
    }
}

/// Text alone is what the user says, also as an item of a slice.
impl From<&&str> for Message {
    fn from(text: &&str) -> Self {
        human(*text)
    }
}

/// Text alone is what the user says.
impl From<Cow<'_, str>> for Message {
    fn from(text: Cow<'_, str>) -> Self {
        human(text)
    }
}

/// A clone, so that a batch takes messages by reference.
impl From<&Self> for Message {
    fn from(message: &Self) -> Self {
        message.clone()
    }
}

/// Text alone is what the user says.
impl From<String> for Message {
    fn from(text: String) -> Self {
        human(text)
    }
}

/// A message as a value for a [`messages_placeholder`](crate::messages_placeholder).
impl From<Message> for Value {
    fn from(message: Message) -> Self {
        // Nothing in a message refuses to be JSON.
        serde_json::to_value(message).unwrap_or_default()
    }
}
