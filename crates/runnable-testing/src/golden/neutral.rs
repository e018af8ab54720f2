//! The form of values that two implementations have in common.

use serde_json::{Map, Value, json};

/// How the keys of metadata begin that an implementation adds about itself.
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

/// The fields of a message that are lists of tool calls.
const CALLS: [&str; 3] = ["tool_calls", "invalid_tool_calls", "tool_call_chunks"];

/// The data of a golden event. Of tool calls, a chunk has only their pieces, and a whole message
/// only the calls.
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

/// A golden value, without the marks that tell Python's classes.
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

/// A value of ours, in the form of the golden value that it is compared with.
pub(super) fn like(golden: &Value, ours: &Value) -> Value {
    match (golden, ours) {
        (Value::Object(_), Value::Object(fields)) if is_message(golden) => message(fields),
        (Value::Object(golden), Value::Object(fields)) => {
            let value = |(key, value): (&String, &Value)| {
                let like = golden.get(key).map_or_else(|| value.clone(), |it| like(it, value));
                (key.clone(), like)
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

/// An input of ours, in the form of the golden input. Text and messages that the golden call was
/// given stand there as they are; in ours they became a prompt before the call.
pub(super) fn like_input(golden: &Value, ours: &Value) -> Value {
    // So do the text for a text model, and the question for a retriever.
    let text = ours.get("query").or_else(|| ours.get("prompts")?.get(0));
    if let (true, Some(text)) = (golden.is_string(), text) {
        return text.clone();
    }
    let messages = match ours.get("messages").and_then(Value::as_array) {
        // A chat model takes a batch of one conversation.
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

/// A chunk of what a model said is of the same type there.
fn message(fields: &Map<String, Value>) -> Value {
    let mut fields = fields.clone();
    if fields.get("type").is_some_and(|kind| kind == "AIMessageChunk") {
        fields.insert("type".into(), json!("ai"));
    }
    // The list that a call is in says what it is.
    each_call(&mut fields, |call| call.retain(|key, value| key != "type" && !value.is_null()));
    fields.into()
}

fn each_call(message: &mut Map<String, Value>, mut f: impl FnMut(&mut Map<String, Value>)) {
    for key in CALLS {
        let calls = message.get_mut(key).and_then(Value::as_array_mut);
        calls.into_iter().flatten().filter_map(Value::as_object_mut).for_each(&mut f);
    }
}
