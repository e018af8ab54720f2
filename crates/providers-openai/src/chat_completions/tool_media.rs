//! Pictures and files that are results of tools.

use runnable_chat::ToolMessage;
use serde_json::{Value, json};

use super::message_body::WireMessage;
use crate::shared::TextOrParts;

/// Pictures and files that are results of tools. Messages of tools take text only, so they are given
/// by the user, after the last of the results that follow each other.
#[derive(Debug, Default)]
pub(super) struct ToolMedia {
    parts: Vec<Value>,
}

impl ToolMedia {
    /// Adds the parts of a result, after the name of the call.
    pub(super) fn add(&mut self, result: &ToolMessage, parts: Vec<Value>) {
        let name = result.name.as_deref().map(|name| format!(" of `{name}`")).unwrap_or_default();
        let text = format!("Result{name} for the tool call {}:", result.tool_call_id);
        self.parts.push(json!({"type": "text", "text": text}));
        self.parts.extend(parts);
    }

    /// The message of the user that has them, if there are any.
    pub(super) fn take(&mut self) -> Option<WireMessage<'static>> {
        let parts = std::mem::take(&mut self.parts);
        let is_there = !parts.is_empty();
        is_there.then(|| WireMessage::new("user", TextOrParts::Other(parts.into())))
    }
}
