//! What a chat model takes.

use runnable_core::whole;
use serde::{Deserialize, Serialize};

use crate::Message;

/// A conversation for a model to answer. Text converts into it, and so do messages.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// let question: Prompt = "Why is the sky blue?".into();
/// let conversation = Prompt::from([system("You are terse."), human("Why is the sky blue?")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Prompt {
    /// The messages so far, the oldest first.
    pub messages: Vec<Message>,
}

whole!(Prompt);

impl<T: Into<Message>> From<T> for Prompt {
    fn from(message: T) -> Self {
        Self { messages: vec![message.into()] }
    }
}

impl From<Vec<Message>> for Prompt {
    fn from(messages: Vec<Message>) -> Self {
        Self { messages }
    }
}

/// A clone, so that a batch takes prompts by reference.
impl From<&Self> for Prompt {
    fn from(prompt: &Self) -> Self {
        prompt.clone()
    }
}

impl From<&[Message]> for Prompt {
    fn from(messages: &[Message]) -> Self {
        Self { messages: messages.to_vec() }
    }
}

impl From<&Vec<Message>> for Prompt {
    fn from(messages: &Vec<Message>) -> Self {
        messages.as_slice().into()
    }
}

impl<const N: usize> From<[Message; N]> for Prompt {
    fn from(messages: [Message; N]) -> Self {
        Self { messages: messages.into() }
    }
}
