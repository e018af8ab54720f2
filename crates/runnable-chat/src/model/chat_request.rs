//! [`ChatRequest`]: a request to a chat model.

use std::borrow::Cow;

use super::ChatOptions;
use crate::PromptValue;

/// A request to a chat model: the conversation and the options.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation to answer.
    pub prompt: PromptValue,
    /// The options of the call.
    pub options: ChatOptions,
    /// Whether the caller or a listener needs the answer in chunks. If it is `false`, the provider
    /// may return the answer as one chunk.
    pub streaming: bool,
}

impl ChatRequest {
    /// Creates a request for a streamed answer.
    pub fn new(prompt: impl Into<PromptValue>, options: ChatOptions) -> Self {
        Self { prompt: prompt.into(), options, streaming: true }
    }

    /// Allows the provider to return the answer as one chunk.
    #[must_use]
    pub fn without_streaming(mut self) -> Self {
        self.streaming = false;
        self
    }

    /// Returns this request with an ID for each tool call and each tool result.
    ///
    /// If no tool result lacks an ID, the request is borrowed. See [`PromptValue::with_call_ids`].
    #[must_use]
    pub fn with_call_ids(&self) -> Cow<'_, Self> {
        match self.prompt.with_call_ids() {
            Cow::Borrowed(_) => Cow::Borrowed(self),
            Cow::Owned(prompt) => {
                let (options, streaming) = (self.options.clone(), self.streaming);
                Cow::Owned(Self { prompt, options, streaming })
            }
        }
    }
}
