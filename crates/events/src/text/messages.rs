//! Finds messages in the JSON of values.

use std::slice;

use serde_json::{Map, Value};

/// Returns the messages, if the value is a message, a list of messages, or an object with such a
/// list.
pub(crate) fn messages_of(value: &Value) -> Option<&[Value]> {
    let list: &[Value] = match value {
        Value::Array(list) => list,
        Value::Object(fields) if fields.len() == 1 => fields.get("messages")?.as_array()?,
        _ => slice::from_ref(value),
    };
    (!list.is_empty() && list.iter().all(is_message)).then_some(list)
}

fn is_message(value: &Value) -> bool {
    let role = value.get("type").and_then(Value::as_str);
    role.is_some_and(|role| matches!(role, "system" | "human" | "ai" | "tool"))
        && value.get("content").is_some()
}

/// Returns the names and the arguments of the tool calls of a message.
pub(crate) fn tool_calls_of(message: &Value) -> impl Iterator<Item = (&str, Option<&Value>)> {
    let calls = message.get("tool_calls").and_then(Value::as_array);
    calls
        .into_iter()
        .flatten()
        .map(|call| (call.get("name").and_then(Value::as_str).unwrap_or("?"), call.get("args")))
}

/// Returns the text of the content of a message. A part that is not text is shown as its type, such
/// as `[image]`.
pub(crate) fn content_text(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => {
            let blocks = blocks.iter().filter_map(Value::as_object).filter_map(block_text);
            blocks.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// Returns the text of a part of a message. Returns `None` for a tool call, because the message
/// lists its tool calls separately.
fn block_text(block: &Map<String, Value>) -> Option<String> {
    match block.get("type").and_then(Value::as_str) {
        Some("text") => Some(block.get("text")?.as_str()?.to_owned()),
        Some("tool_call" | "tool_use" | "tool_call_chunk") => None,
        Some(other) => Some(format!("[{other}]")),
        None => None,
    }
}
