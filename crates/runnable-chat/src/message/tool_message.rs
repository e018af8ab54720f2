//! What a tool gave back to the model.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    block::ContentBlock,
    content::{content, text_of},
};

/// The result of a tool call.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolMessage {
    /// What the model is told.
    pub content: Vec<ContentBlock>,
    /// The id of the call that this is the result of, as the model gave it.
    pub tool_call_id: String,
    /// Whether the tool succeeded.
    pub status: ToolStatus,
    /// What the program keeps of the result, and the model is not told.
    pub artifact: Option<Value>,
    /// The name of the tool.
    pub name: Option<String>,
    /// The id of the message, if it was given one.
    pub id: Option<String>,
}

/// Whether a tool succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a tool succeeds or fails")]
pub enum ToolStatus {
    /// It did.
    #[default]
    Success,
    /// It did not; the content says why.
    Error,
}

impl ToolMessage {
    /// The result of the call with this id.
    pub fn new(tool_call_id: impl Into<String>, text: impl Into<String>) -> Self {
        let (content, tool_call_id) = (content(text.into()), tool_call_id.into());
        Self { content, tool_call_id, ..Self::default() }
    }

    /// The failure of the call with this id; the text says why.
    pub fn error(tool_call_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { status: ToolStatus::Error, ..Self::new(tool_call_id, text) }
    }

    /// This message, and one more block, such as a picture.
    #[must_use]
    pub fn with_block(mut self, block: impl Into<ContentBlock>) -> Self {
        self.content.push(block.into());
        self
    }

    /// This message, of the tool of this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// This message, with what the program keeps of the result, and the model is not told.
    #[must_use]
    pub fn with_artifact(mut self, artifact: impl Into<Value>) -> Self {
        self.artifact = Some(artifact.into());
        self
    }

    /// The text of the result: that of all its text blocks.
    pub fn text(&self) -> Cow<'_, str> {
        text_of(&self.content)
    }
}
