//! The enum of all kinds of messages, and functions that create messages from text.

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

/// A message of a conversation: system, human, AI or tool.
#[doc(alias("BaseMessage", "AnyMessage", "messages_from_dict", "message_to_dict"))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(
    clippy::large_enum_variant,
    reason = "conversations are short, and about half of the messages are answers"
)]
#[non_exhaustive]
pub enum Message {
    /// Instructions for the model that apply to the complete conversation.
    System(SystemMessage),
    /// A message of the user.
    Human(HumanMessage),
    /// An answer of the model.
    Ai(AiMessage),
    /// The result of a tool call.
    Tool(ToolMessage),
}

impl Message {
    /// Returns the content blocks of the message, in order.
    pub fn content(&self) -> &[ContentBlock] {
        match self {
            Self::System(message) => &message.content,
            Self::Human(message) => &message.content,
            Self::Ai(message) => &message.content,
            Self::Tool(message) => &message.content,
        }
    }

    /// Returns the content blocks of the message, to change them.
    pub(crate) fn content_mut(&mut self) -> &mut Vec<ContentBlock> {
        match self {
            Self::System(message) => &mut message.content,
            Self::Human(message) => &mut message.content,
            Self::Ai(message) => &mut message.content,
            Self::Tool(message) => &mut message.content,
        }
    }

    /// Returns the text of the message: the text blocks of the message, joined without a separator.
    pub fn text(&self) -> Cow<'_, str> {
        text_of(self.content())
    }

    /// Replaces the string of each text block and the URL of each media block with the result of
    /// `f`, and returns the message.
    pub(crate) fn try_map_strings(mut self, f: impl Fn(&str) -> Result<String>) -> Result<Self> {
        for string in self.content_mut().iter_mut().filter_map(string_of) {
            *string = f(string)?;
        }
        Ok(self)
    }

    /// Returns the strings of all text blocks and the URLs of all media blocks.
    pub(crate) fn strings(&self) -> impl Iterator<Item = &str> {
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

    /// Returns the name of the role, as it is used in chat templates and most APIs.
    ///
    /// The role is `system`, `user`, `assistant` or `tool`.
    ///
    /// ```
    /// use runnable_chat::human;
    ///
    /// assert_eq!(human("Why is the sky blue?").role(), "user");
    /// ```
    pub fn role(&self) -> &'static str {
        match self {
            Self::System(_) => "system",
            Self::Human(_) => "user",
            Self::Ai(_) => "assistant",
            Self::Tool(_) => "tool",
        }
    }
}

fn string_of(block: &mut ContentBlock) -> Option<&mut String> {
    match block {
        ContentBlock::Text(block) => Some(&mut block.text),
        ContentBlock::Image(Media { source: MediaSource::Url(url), .. })
        | ContentBlock::Audio(Media { source: MediaSource::Url(url), .. })
        | ContentBlock::Video(Media { source: MediaSource::Url(url), .. })
        | ContentBlock::File(Media { source: MediaSource::Url(url), .. }) => Some(url),
        _ => None,
    }
}

/// Creates a system message with exactly this text.
///
/// Braces in the text are not variables. For a template, use
/// [`system_template`](crate::system_template).
///
/// ```
/// use runnable_chat::system;
///
/// assert_eq!(system("You are terse.").text(), "You are terse.");
/// ```
pub fn system<'a>(text: impl Into<Cow<'a, str>>) -> Message {
    SystemMessage::new(text.into()).into()
}

/// Creates a human message, which is a message from the user, with exactly this text.
///
/// Braces in the text are not variables, so text from a user is safe. For a template, use
/// [`human_template`](crate::human_template).
///
/// ```
/// use runnable_chat::human;
///
/// assert_eq!(human("What is {x}?").text(), "What is {x}?");
/// ```
pub fn human<'a>(text: impl Into<Cow<'a, str>>) -> Message {
    HumanMessage::new(text.into()).into()
}

/// Creates an AI message, which is an earlier answer of the model, with exactly this text.
///
/// Braces in the text are not variables. For a template, use [`ai_template`](crate::ai_template).
///
/// ```
/// use runnable_chat::ai;
///
/// assert_eq!(ai("Hello!").text(), "Hello!");
/// ```
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

/// Creates a human message with this text.
impl From<&str> for Message {
    fn from(text: &str) -> Self {
        human(text)
    }
}

/// Creates a human message with this text.
impl From<&String> for Message {
    fn from(text: &String) -> Self {
        human(text)
    }
}

/// Creates a human message with this text. An iterator over a slice of strings yields `&&str`.
impl From<&&str> for Message {
    fn from(text: &&str) -> Self {
        human(*text)
    }
}

/// Creates a human message with this text.
impl From<Cow<'_, str>> for Message {
    fn from(text: Cow<'_, str>) -> Self {
        human(text)
    }
}

/// Clones the message, so that `invoke` and `batch` accept references.
impl From<&Self> for Message {
    fn from(message: &Self) -> Self {
        message.clone()
    }
}

/// Creates a human message with this text.
impl From<String> for Message {
    fn from(text: String) -> Self {
        human(text)
    }
}

/// Converts a message to JSON, so that it can be part of the value for a
/// [`messages_placeholder`](crate::messages_placeholder).
impl From<Message> for Value {
    fn from(message: Message) -> Self {
        // Serializing a message cannot fail.
        serde_json::to_value(message).unwrap_or_default()
    }
}
