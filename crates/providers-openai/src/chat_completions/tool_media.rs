//! Images and files that tools have returned.

use runnable_chat::ToolMessage;
use serde_json::{Value, json};

use super::message_body::WireMessage;
use crate::shared::TextOrParts;

/// Images and files that tools have returned. Tool messages can contain only text, so these parts
/// are sent in a user message after the last tool message.
#[derive(Debug, Default)]
pub(super) struct ToolMedia {
    parts: Vec<Value>,
}

impl ToolMedia {
    /// Adds the images and files of one tool result, after a text that names the tool call.
    pub(super) fn add(&mut self, result: &ToolMessage, parts: Vec<Value>) {
        let name = result.name.as_deref().map(|name| format!(" of `{name}`")).unwrap_or_default();
        let text = format!("Result{name} for the tool call {}:", result.tool_call_id);
        self.parts.push(json!({"type": "text", "text": text}));
        self.parts.extend(parts);
    }

    /// Returns the user message that contains the parts, if there are any.
    pub(super) fn take(&mut self) -> Option<WireMessage<'static>> {
        let parts = std::mem::take(&mut self.parts);
        let is_there = !parts.is_empty();
        is_there.then(|| WireMessage::new("user", TextOrParts::Other(parts.into())))
    }
}
