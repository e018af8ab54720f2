//! What the model said, whole and in chunks.

use runnable_core::{Chunk, Chunked, Result};
use serde::{Deserialize, Serialize};

use crate::{FinishReason, Usage};

/// The answer of a chat model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AiMessage {
    /// The text of the answer.
    pub content: String,
    /// Why the model stopped, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<FinishReason>,
    /// How many tokens it took, if the model said so.
    #[serde(default, rename = "usage_metadata", skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The name of the model that answered, if it is known.
    #[serde(default, rename = "model_name", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl AiMessage {
    /// An answer of this text, of which nothing else is known.
    pub fn new(content: impl Into<String>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    /// The text of the answer.
    pub fn text(&self) -> &str {
        &self.content
    }
}

/// A piece of an [`AiMessage`].
///
/// Text is appended. Of everything else the last value that came stands: a later count of tokens
/// replaces an earlier one, so nothing is counted twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AiMessageChunk {
    /// The text that is added.
    pub content: String,
    /// Why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<FinishReason>,
    /// How many tokens it took so far.
    #[serde(default, rename = "usage_metadata", skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The name of the model that answers.
    #[serde(default, rename = "model_name", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl AiMessageChunk {
    /// A piece that adds this text.
    pub fn new(content: impl Into<String>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    /// This piece, and why the model stopped.
    #[must_use]
    pub fn with_finish_reason(mut self, reason: FinishReason) -> Self {
        self.finish_reason = Some(reason);
        self
    }

    /// This piece, and how many tokens it took so far.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// This piece, and the name of the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// The text that is added.
    pub fn text(&self) -> &str {
        &self.content
    }
}

impl Chunk for AiMessageChunk {
    type Whole = AiMessage;

    fn merge(&mut self, next: Self) {
        self.content.push_str(&next.content);
        self.finish_reason = next.finish_reason.or(self.finish_reason.take());
        self.usage = next.usage.or(self.usage.take());
        self.model = next.model.or(self.model.take());
    }
}

impl Chunked for AiMessage {
    type Chunk = AiMessageChunk;

    fn into_chunk(self) -> AiMessageChunk {
        let Self { content, finish_reason, usage, model } = self;
        AiMessageChunk { content, finish_reason, usage, model }
    }

    fn from_chunk(chunk: AiMessageChunk) -> Result<Self> {
        let AiMessageChunk { content, finish_reason, usage, model } = chunk;
        Ok(Self { content, finish_reason, usage, model })
    }
}
