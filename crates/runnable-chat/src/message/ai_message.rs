//! What the model said.

use std::borrow::Cow;

use runnable_core::Metadata;

use super::{
    answer::{FinishReason, RateLimit, TokenLogprob, Usage},
    block::{ContentBlock, InvalidToolCall, ToolCall},
    content::{content, text_of},
};

/// The answer of a chat model.
///
/// ```
/// use runnable_chat::prelude::*;
/// use serde_json::json;
///
/// let answer = AiMessage::new("Let me see.")
///     .with_block(ToolCall::new("call_1", "weather", json!({"city": "Paris"})));
///
/// assert_eq!(answer.text(), "Let me see.");
/// assert_eq!(answer.tool_calls().next().unwrap().args["city"], "Paris");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AiMessage {
    /// What it says, in its order.
    pub content: Vec<ContentBlock>,
    /// Why the model stopped, if it said so.
    pub finish_reason: Option<FinishReason>,
    /// The same in the provider's spelling, where that is another.
    pub provider_finish_reason: Option<String>,
    /// How many tokens it took, if the model said so.
    pub usage: Option<Usage>,
    /// The name of the model that answered, if it is known.
    pub model: Option<String>,
    /// The provider that answered, such as `openai`.
    pub provider: Option<Cow<'static, str>>,
    /// The id of the answer, as its provider gave it.
    pub id: Option<String>,
    /// Who speaks, where several speak in the same role.
    pub name: Option<String>,
    /// How likely its tokens were, where that was asked for.
    pub logprobs: Vec<TokenLogprob>,
    /// How much more the service may be asked, as far as it says so.
    pub rate_limits: Vec<RateLimit>,
    /// What its provider says of it besides, such as the id of the request.
    pub metadata: Metadata,
    /// Further answers, where more than one was asked for.
    pub other_choices: Vec<Self>,
}

/// An answer of this text, to try a parser on.
impl From<&str> for AiMessage {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// An answer of this text, to try a parser on.
impl From<String> for AiMessage {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// An answer of this text, to try a parser on.
impl From<&String> for AiMessage {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

/// A clone, so that a batch takes answers by reference.
impl From<&Self> for AiMessage {
    fn from(answer: &Self) -> Self {
        answer.clone()
    }
}

impl AiMessage {
    /// An answer of this text, of which nothing else is known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { content: content(text.into()), ..Self::default() }
    }

    /// This answer, and one more block.
    #[must_use]
    pub fn with_block(mut self, block: impl Into<ContentBlock>) -> Self {
        self.content.push(block.into());
        self
    }

    /// The text of the answer: that of all its text blocks.
    pub fn text(&self) -> Cow<'_, str> {
        text_of(&self.content)
    }

    /// Takes the text out of the answer: the text of all its text blocks.
    ///
    /// ```
    /// use runnable_chat::AiMessage;
    ///
    /// assert_eq!(AiMessage::new("Hello!").into_text(), "Hello!");
    /// ```
    pub fn into_text(self) -> String {
        match <[_; 1]>::try_from(self.content) {
            Ok([ContentBlock::Text(block)]) => block.text,
            Ok(content) => text_of(&content).into_owned(),
            Err(content) => text_of(&content).into_owned(),
        }
    }

    /// What the model thought before it answered, as far as its provider shows it.
    pub fn reasoning(&self) -> String {
        let thought = |block: &ContentBlock| match block {
            ContentBlock::Reasoning(block) => Some(block.reasoning.clone()),
            _ => None,
        };
        self.content.iter().filter_map(thought).collect()
    }

    /// Why the model will not answer, if it refuses.
    pub fn refusal(&self) -> Option<String> {
        let refused = self.content.iter().filter_map(|block| match block {
            ContentBlock::Refusal(block) => Some(block.refusal.as_str()),
            _ => None,
        });
        refused.fold(None, |all: Option<String>, part| Some(all.unwrap_or_default() + part))
    }

    /// The tools that the model wants to be called.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// The same, with arguments that cannot be read.
    pub fn invalid_tool_calls(&self) -> impl Iterator<Item = &InvalidToolCall> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::InvalidToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// Why the model stopped, in the provider's spelling.
    pub fn raw_finish_reason(&self) -> Option<&str> {
        let reason = self.finish_reason.as_ref().map(FinishReason::as_str);
        self.provider_finish_reason.as_deref().or(reason)
    }
}
