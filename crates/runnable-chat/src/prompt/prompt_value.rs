//! What a chat model takes.

use std::{borrow::Cow, fmt};

use runnable_core::impl_at_once;
use serde::{Deserialize, Serialize};

use crate::{Message, message::ContentBlock};

/// A conversation for a model to answer. Text converts into it, and so do messages.
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PromptValue {
    /// The messages so far, the oldest first.
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

    /// The texts of the messages as one text, each message on a line of its own.
    ///
    /// It does not say who speaks: that is what the `Display` form is for.
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

/// The conversation as it is read: a line for each message, with who speaks and which tools the
/// model calls.
///
/// It is for people and logs. A text that a user wrote may look like a message of another role, so
/// do not read it back, and do not give it to a model as a conversation.
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

/// A copy, so that a call does not take the conversation.
impl From<&Self> for PromptValue {
    fn from(prompt: &Self) -> Self {
        prompt.clone()
    }
}

/// Adds messages at the end, such as the results of tools.
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
