//! Converts values of both implementations to a common form, so that they can be compared.

use serde_json::{Map, Value, json};

/// The prefixes of the metadata keys with which an implementation describes itself. These keys are
/// not compared.
const OWN_METADATA: [&str; 3] = ["ls_", "lc_", "langgraph_"];

pub(super) fn tags(tags: &Value) -> Vec<String> {
    let tags = tags.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut tags: Vec<_> = tags.map(str::to_owned).collect();
    tags.sort_unstable();
    tags
}

pub(super) fn metadata(metadata: &Value) -> Map<String, Value> {
    let mut metadata = metadata.as_object().cloned().unwrap_or_default();
    metadata.retain(|key, _| !OWN_METADATA.iter().any(|prefix| key.starts_with(prefix)));
    metadata
}

/// The fields of a message that contain tool calls.
const CALLS: [&str; 3] = ["tool_calls", "invalid_tool_calls", "tool_call_chunks"];

/// Converts the data of a golden event to the common form. For a chunk, only the parts of tool
/// calls remain. For a complete message, only the complete calls remain.
pub(super) fn data_of_golden(data: &Value) -> Value {
    let mut data = of_golden(data);
    for (key, kept) in [("chunk", &CALLS[2..]), ("input", &CALLS[..2]), ("output", &CALLS[..2])] {
        let value = data.get_mut(key).filter(|value| is_message(value));
        let Some(message) = value.and_then(Value::as_object_mut) else { continue };
        message.retain(|field, _| !CALLS.contains(&&**field) || kept.contains(&&**field));
        each_call(message, |call| call.retain(|_, value| !value.is_null()));
    }
    data
}

/// Removes the field `chunk`, which distinguishes Python classes, from the messages in a golden
/// value.
fn of_golden(golden: &Value) -> Value {
    match golden {
        Value::Object(fields) => {
            let dropped = |key: &str| key == "chunk" && is_message(golden);
            let kept = fields.iter().filter(|(key, _)| !dropped(key));
            kept.map(|(key, value)| (key.clone(), of_golden(value))).collect()
        }
        Value::Array(items) => items.iter().map(of_golden).collect(),
        _ => golden.clone(),
    }
}

/// Converts a value of this implementation to the form of `golden`, the value with which it is
/// compared.
pub(super) fn like(golden: &Value, ours: &Value) -> Value {
    match (golden, ours) {
        (Value::Object(_), Value::Object(fields)) if is_message(golden) => message(fields),
        (Value::Object(golden), Value::Object(fields)) => {
            let value = |(key, value): (&String, &Value)| {
                let converted =
                    golden.get(key).map_or_else(|| value.clone(), |golden| like(golden, value));
                (key.clone(), converted)
            };
            fields.iter().map(value).collect()
        }
        (Value::Array(golden), Value::Array(items)) => {
            let rest = items.iter().skip(golden.len()).cloned();
            golden.iter().zip(items).map(|(golden, item)| like(golden, item)).chain(rest).collect()
        }
        _ => ours.clone(),
    }
}

/// Converts an input of this implementation to the form of the golden input. The golden input
/// contains text and messages as they were passed to the call. In this implementation, text and
/// messages are converted to a prompt before the call.
pub(super) fn like_input(golden: &Value, ours: &Value) -> Value {
    // In the golden trace, the input of a text model or a retriever is a string.
    let text = ours.get("query").or_else(|| ours.get("prompts")?.get(0));
    if let (true, Some(text)) = (golden.is_string(), text) {
        return text.clone();
    }
    let messages = match ours.get("messages").and_then(Value::as_array) {
        // The input of a chat model is a list with one conversation.
        Some(messages) => match &messages[..] {
            [Value::Array(conversation)] => conversation,
            _ => messages,
        },
        None => return like(golden, ours),
    };
    match (golden, &messages[..]) {
        (Value::String(_), [message]) if message["type"] == "human" => message["content"].clone(),
        (Value::Array(_), _) => like(golden, &Value::Array(messages.clone())),
        _ => like(golden, ours),
    }
}

fn is_message(value: &Value) -> bool {
    value["type"].is_string() && value.get("content").is_some()
}

/// Converts a message to the form that is compared. A chunk gets the type of a complete message,
/// because chunks have this type in golden traces.
fn message(fields: &Map<String, Value>) -> Value {
    let mut fields = fields.clone();
    if fields.get("type").is_some_and(|kind| kind == "AIMessageChunk") {
        fields.insert("type".into(), json!("ai"));
    }
    // The type of a tool call is not compared, because the name of the list that contains the call
    // already determines the type.
    each_call(&mut fields, |call| call.retain(|key, value| key != "type" && !value.is_null()));
    fields.into()
}

fn each_call(message: &mut Map<String, Value>, mut f: impl FnMut(&mut Map<String, Value>)) {
    for key in CALLS {
        let calls = message.get_mut(key).and_then(Value::as_array_mut);
        calls.into_iter().flatten().filter_map(Value::as_object_mut).for_each(&mut f);
    }
}
