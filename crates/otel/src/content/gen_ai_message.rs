//! Messages in the JSON of the GenAI conventions: each message has a role and parts.

use serde_json::{Map, Value, json};

use super::media::{Media, MediaData};

/// Converts messages from their own JSON to the JSON of the conventions.
pub(super) fn messages_as_json(messages: &[&Value]) -> String {
    let messages: Vec<_> = messages.iter().map(|message| converted(message)).collect();
    Value::Array(messages).to_string()
}

fn converted(message: &Value) -> Value {
    let mut fields = Map::new();
    fields.insert("role".into(), role(message).into());
    if let Some(name) = message["name"].as_str() {
        fields.insert("name".into(), name.into());
    }
    fields.insert("parts".into(), parts(message).into());
    if let Some(reason) = message["response_metadata"]["finish_reason"].as_str() {
        fields.insert("finish_reason".into(), reason.into());
    }
    Value::Object(fields)
}

/// Returns the role of a message. Both conventions use the same roles.
pub(super) fn role(message: &Value) -> &str {
    match message["type"].as_str().unwrap_or_default() {
        "human" => "user",
        "ai" | "AIMessageChunk" => "assistant",
        other => other,
    }
}

fn parts(message: &Value) -> Vec<Value> {
    if message["type"] == "tool" {
        let part = json!({
            "type": "tool_call_response",
            "id": message["tool_call_id"],
            "response": message["content"],
        });
        return vec![part];
    }
    let mut parts = match &message["content"] {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text_part(text)],
        Value::Array(blocks) => blocks.iter().filter_map(part).collect(),
        _ => Vec::new(),
    };
    parts.extend(tool_calls(message).map(|call| {
        json!({
            "type": "tool_call",
            "id": call["id"],
            "name": call["name"],
            "arguments": call["args"],
        })
    }));
    parts
}

/// Returns the tool calls of a message. The content of a message can contain them too, but not in
/// every case.
pub(super) fn tool_calls(message: &Value) -> impl Iterator<Item = &Value> {
    let fields = ["tool_calls", "invalid_tool_calls", "tool_call_chunks"];
    fields.into_iter().flat_map(|field| message[field].as_array().into_iter().flatten())
}

fn text_part(text: &str) -> Value {
    json!({ "type": "text", "content": text })
}

/// Converts a content block. Tool calls are not converted, see [`tool_calls`].
fn part(block: &Value) -> Option<Value> {
    if let Some(media) = Media::of_block(block) {
        let (kind, field) = match media.data {
            MediaData::Url(_) => ("uri", "uri"),
            MediaData::Base64(_) => ("blob", "content"),
            MediaData::FileId(_) => ("file", "file_id"),
        };
        let mut part = json!({ "type": kind, "modality": media.modality });
        if let Some(mime_type) = media.mime_type {
            part["mime_type"] = mime_type.into();
        }
        part[field] = media.data.text().into();
        return Some(part);
    }
    let text = |field: &str| block[field].as_str().unwrap_or_default();
    Some(match text("type") {
        "text" => text_part(text("text")),
        "reasoning" => json!({ "type": "reasoning", "content": text("reasoning") }),
        "refusal" => json!({ "type": "refusal", "content": text("refusal") }),
        "tool_call" | "invalid_tool_call" | "tool_call_chunk" => return None,
        "server_tool_call" => json!({
            "type": "server_tool_call",
            "id": block["id"],
            "name": block["name"],
            "server_tool_call": block["args"],
        }),
        "server_tool_result" => json!({
            "type": "server_tool_call_response",
            "id": block["tool_call_id"],
            "server_tool_call_response": block["output"],
        }),
        _ => block.clone(),
    })
}
