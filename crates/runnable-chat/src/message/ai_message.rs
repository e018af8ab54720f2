//! The answer of a chat model.

use std::borrow::Cow;

use runnable_core::Metadata;

use super::{
    answer::{FinishReason, RateLimit, TokenLogprob, Usage},
    block::{ContentBlock, InvalidToolCall, ToolCall},
    content::{content, text_of},
};

/// The answer of a chat model: its content, usage, finish reason and other details.
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
#[doc(alias("ChatGeneration", "ChatResult"))]
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AiMessage {
    /// The content blocks, in the order in which the model produced them.
    #[doc(alias = "content_blocks")]
    pub content: Vec<ContentBlock>,
    /// The reason why the model stopped, if the provider reports it.
    #[doc(alias = "stop_reason")]
    pub finish_reason: Option<FinishReason>,
    /// The finish reason in the provider's own spelling, if this spelling differs from
    /// `finish_reason`.
    pub provider_finish_reason: Option<String>,
    /// The token usage, if the provider reports it.
    #[doc(alias = "usage_metadata")]
    pub usage: Option<Usage>,
    /// The name of the model that answered, if it is known.
    #[doc(alias = "model_name")]
    pub model: Option<String>,
    /// The provider that answered, such as `openai`.
    #[doc(alias = "model_provider")]
    pub provider: Option<Cow<'static, str>>,
    /// The provider's ID of the answer.
    pub id: Option<String>,
    /// The name of the speaker, if several participants share the role.
    pub name: Option<String>,
    /// The log-probabilities of the tokens, if [`ChatOptions::logprobs`](crate::ChatOptions) is
    /// set.
    pub logprobs: Vec<TokenLogprob>,
    /// The rate limits that the service reported with this answer.
    #[doc(alias = "include_response_headers")]
    pub rate_limits: Vec<RateLimit>,
    /// Additional data from the provider, such as the request ID.
    #[doc(alias("response_metadata", "additional_kwargs"))]
    pub metadata: Metadata,
    /// The other answers, if the request asked for several.
    pub other_choices: Vec<Self>,
}

/// Creates an answer with this text, for example as the input of a parser.
impl From<&str> for AiMessage {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Creates an answer with this text, for example as the input of a parser.
impl From<String> for AiMessage {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Creates an answer with this text, for example as the input of a parser.
impl From<&String> for AiMessage {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

/// Clones the answer, so that `invoke` and `batch` accept references.
impl From<&Self> for AiMessage {
    fn from(answer: &Self) -> Self {
        answer.clone()
    }
}

impl AiMessage {
    /// Creates an answer with this text. All other fields are empty.
    pub fn new(text: impl Into<String>) -> Self {
        Self { content: content(text.into()), ..Self::default() }
    }

    /// Adds a content block to the answer.
    #[must_use]
    pub fn with_block(mut self, block: impl Into<ContentBlock>) -> Self {
        self.content.push(block.into());
        self
    }

    /// Returns the text of the answer: the text blocks of the answer, joined without a separator.
    pub fn text(&self) -> Cow<'_, str> {
        text_of(&self.content)
    }

    /// Converts the answer into its text: the text blocks of the answer, joined without a
    /// separator.
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

    /// Returns the model's reasoning, or an empty string if the provider does not show it.
    ///
    /// ```
    /// use runnable_chat::{AiMessage, message::ReasoningBlock};
    ///
    /// let answer = AiMessage::new("4").with_block(ReasoningBlock::new("2 + 2 is 4."));
    /// assert_eq!(answer.reasoning(), "2 + 2 is 4.");
    /// ```
    #[doc(alias = "reasoning_content")]
    pub fn reasoning(&self) -> String {
        let reasoning = |block: &ContentBlock| match block {
            ContentBlock::Reasoning(block) => Some(block.reasoning.clone()),
            _ => None,
        };
        self.content.iter().filter_map(reasoning).collect()
    }

    /// Returns the text with which the model refused to answer, or `None` if it did not refuse.
    pub fn refusal(&self) -> Option<String> {
        let refusals = self.content.iter().filter_map(|block| match block {
            ContentBlock::Refusal(block) => Some(block.refusal.as_str()),
            _ => None,
        });
        refusals.fold(None, |joined: Option<String>, part| Some(joined.unwrap_or_default() + part))
    }

    /// Returns the tool calls that the model requests.
    ///
    /// Calls whose arguments cannot be parsed are not included. For these calls, use
    /// [`invalid_tool_calls`](Self::invalid_tool_calls).
    #[doc(alias = "JsonOutputToolsParser")]
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// Returns the requested tool calls whose arguments cannot be parsed.
    pub fn invalid_tool_calls(&self) -> impl Iterator<Item = &InvalidToolCall> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::InvalidToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// Returns the finish reason in the provider's own spelling, such as `end_turn`.
    #[doc(alias = "stop_reason")]
    pub fn raw_finish_reason(&self) -> Option<&str> {
        let reason = self.finish_reason.as_ref().map(FinishReason::as_str);
        self.provider_finish_reason.as_deref().or(reason)
    }
}
