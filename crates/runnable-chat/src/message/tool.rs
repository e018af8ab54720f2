//! What a tool gave back to the model.

use serde::{Deserialize, Serialize};

/// The result of a tool call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolMessage {
    /// The text of the result.
    pub content: String,
    /// The id of the call that this is the result of, as the model gave it.
    pub tool_call_id: String,
    /// Whether the tool succeeded.
    #[serde(default)]
    pub status: ToolStatus,
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
    pub fn new(tool_call_id: impl Into<String>, content: impl Into<String>) -> Self {
        let (tool_call_id, content) = (tool_call_id.into(), content.into());
        Self { content, tool_call_id, status: ToolStatus::Success }
    }

    /// The failure of the call with this id; the content says why.
    pub fn error(tool_call_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self { status: ToolStatus::Error, ..Self::new(tool_call_id, content) }
    }
}
