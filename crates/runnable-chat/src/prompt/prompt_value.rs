//! The prompt of a chat model: a conversation.

use std::{borrow::Cow, fmt};

use runnable_core::impl_at_once;
use serde::{Deserialize, Serialize};

use crate::{Message, message::ContentBlock};

/// The prompt of a chat model: a conversation to answer.
///
/// A string converts into a conversation with one human message. A message or a list of messages
/// also converts into a conversation.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// let question: PromptValue = "Why is the sky blue?".into();
/// let conversation = PromptValue::from([system("You are terse."), human("Why is the sky blue?")]);
///
/// assert_eq!(question.text(), "Why is the sky blue?");
/// assert_eq!(conversation.to_string(), "System: You are terse.\nHuman: Why is the sky blue?");
/// ```
#[doc(alias("ChatPromptValue", "StringPromptValue"))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PromptValue {
    /// The messages, oldest first.
    #[doc(alias = "to_messages")]
    pub messages: Vec<Message>,
}

impl_at_once!(PromptValue);

impl PromptValue {
    /// Adds a message at the end of the conversation.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// async fn ask_twice(model: ChatModel) -> Result<AiMessage> {
    ///     let mut conversation = PromptValue::from("Why is the sky blue?");
    ///     let answer = model.invoke(&conversation).await?;
    ///     conversation.push(answer);
    ///     conversation.push("And at night?");
    ///     model.invoke(conversation).await
    /// }
    /// ```
    pub fn push(&mut self, message: impl Into<Message>) {
        self.messages.push(message.into());
    }

    /// Returns the texts of all messages, joined with line breaks.
    ///
    /// The text does not contain the roles of the messages. For a text with roles, use the
    /// `Display` implementation.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// let conversation = PromptValue::from([system("You are terse."), human("Why?")]);
    /// assert_eq!(conversation.text(), "You are terse.\nWhy?");
    /// ```
    #[doc(alias = "to_string")]
    pub fn text(&self) -> Cow<'_, str> {
        match &self.messages[..] {
            [message] => message.text(),
            messages => {
                let texts: Vec<_> = messages.iter().map(Message::text).collect();
                texts.join("\n").into()
            }
        }
    }
}

/// Formats the conversation for logs: the role, the text and the tool calls of each message.
///
/// Do not parse this text, and do not send it to a model as a conversation. Text from a user can
/// look like a message with another role.
impl fmt::Display for PromptValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, message) in self.messages.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let speaker = match message {
                Message::System(_) => "System",
                Message::Human(_) => "Human",
                Message::Ai(_) => "AI",
                Message::Tool(_) => "Tool",
            };
            write!(f, "{speaker}:")?;
            let text = message.text();
            if !text.is_empty() {
                write!(f, " {text}")?;
            }
            for block in message.content() {
                match block {
                    ContentBlock::ToolCall(call) => write!(f, " [{}({})]", call.name, call.args)?,
                    ContentBlock::Image(_) => f.write_str(" [image]")?,
                    ContentBlock::Audio(_) => f.write_str(" [audio]")?,
                    ContentBlock::Video(_) => f.write_str(" [video]")?,
                    ContentBlock::File(_) => f.write_str(" [file]")?,
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

impl<T: Into<Message>> From<T> for PromptValue {
    fn from(message: T) -> Self {
        Self { messages: vec![message.into()] }
    }
}

impl From<Vec<Message>> for PromptValue {
    fn from(messages: Vec<Message>) -> Self {
        Self { messages }
    }
}

impl From<&Vec<Message>> for PromptValue {
    fn from(messages: &Vec<Message>) -> Self {
        messages.clone().into()
    }
}

impl From<&[Message]> for PromptValue {
    fn from(messages: &[Message]) -> Self {
        messages.to_vec().into()
    }
}

/// Clones the conversation, so that `invoke` and `batch` accept references.
impl From<&Self> for PromptValue {
    fn from(prompt: &Self) -> Self {
        prompt.clone()
    }
}

/// Adds messages, such as the results of tool calls, at the end of the conversation.
impl<M: Into<Message>> Extend<M> for PromptValue {
    fn extend<I: IntoIterator<Item = M>>(&mut self, messages: I) {
        self.messages.extend(messages.into_iter().map(Into::into));
    }
}

impl<M: Into<Message>> FromIterator<M> for PromptValue {
    fn from_iter<I: IntoIterator<Item = M>>(messages: I) -> Self {
        Self { messages: messages.into_iter().map(Into::into).collect() }
    }
}

impl<const N: usize> From<[Message; N]> for PromptValue {
    fn from(messages: [Message; N]) -> Self {
        Self { messages: messages.into() }
    }
}
