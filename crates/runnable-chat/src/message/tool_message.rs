//! Messages with the results of tool calls.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    block::ContentBlock,
    content::{content, text_of},
};

/// The result of a tool call, as a message to the model.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolMessage {
    /// The result that the model reads.
    pub content: Vec<ContentBlock>,
    /// The ID of the tool call that this message answers.
    pub tool_call_id: String,
    /// Whether the tool call succeeded.
    pub status: ToolStatus,
    /// Data about the result for use in the program. It is not sent to the model.
    pub artifact: Option<Value>,
    /// The name of the tool.
    pub name: Option<String>,
    /// The ID of the message, if it has one.
    pub id: Option<String>,
}

/// Whether a tool call succeeded or failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a tool succeeds or fails")]
pub enum ToolStatus {
    /// The tool succeeded.
    #[default]
    Success,
    /// The tool failed. The message's content describes the error.
    Error,
}

impl ToolMessage {
    /// Creates a message with the result of the tool call that has this ID.
    pub fn new(tool_call_id: impl Into<String>, text: impl Into<String>) -> Self {
        let (content, tool_call_id) = (content(text.into()), tool_call_id.into());
        Self { content, tool_call_id, ..Self::default() }
    }

    /// Creates a message for a failed tool call. `text` tells the model what went wrong.
    pub fn error(tool_call_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { status: ToolStatus::Error, ..Self::new(tool_call_id, text) }
    }

    /// Adds a content block, such as an image, to the message.
    #[must_use]
    pub fn with_block(mut self, block: impl Into<ContentBlock>) -> Self {
        self.content.push(block.into());
        self
    }

    /// Sets the name of the tool.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets data about the result for use in the program. It is not sent to the model.
    #[must_use]
    pub fn with_artifact(mut self, artifact: impl Into<Value>) -> Self {
        self.artifact = Some(artifact.into());
        self
    }

    /// Returns the text of the result: its text blocks, joined without a separator.
    pub fn text(&self) -> Cow<'_, str> {
        text_of(&self.content)
    }
}
