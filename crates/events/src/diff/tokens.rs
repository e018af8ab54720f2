//! The tokens of a model's run, and the parts of an answer that differ in every call.

use serde_json::Value;

use super::recorded_run::{Ending, RecordedRun};

/// The fields of a message that differ in every call, although the answer is the same.
const ABOUT_THE_CALL: [&str; 4] = ["id", "response_metadata", "usage_metadata", "tool_call_id"];

/// Returns the numbers of input and output tokens, if this is a run of a model that reported them.
pub(super) fn tokens_of(run: &RecordedRun<'_>) -> Option<(u64, u64)> {
    if !matches!(&*run.event.kind, "chat_model" | "llm") {
        return None;
    }
    let answer = match run.ending {
        Ending::Output(output) => output?,
        Ending::Error { partial, .. } | Ending::Cancelled { partial, .. } => partial?,
        Ending::Unfinished => return None,
    };
    let usage = answer.get("usage_metadata")?;
    let count = |key| usage.get(key).and_then(Value::as_u64);
    Some((count("input_tokens")?, count("output_tokens")?))
}

/// Returns the value without the fields of messages that differ in every call: IDs, tokens, and the
/// response metadata of the service.
pub(super) fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let (is_message, is_tool_call) = (
                fields.contains_key("content") && fields.contains_key("type"),
                fields.contains_key("args") && fields.contains_key("name"),
            );
            let is_noise = |key: &str| {
                is_message && ABOUT_THE_CALL.contains(&key) || is_tool_call && key == "id"
            };
            let kept = fields.iter().filter(|(key, _)| !is_noise(key));
            kept.map(|(key, value)| (key.clone(), comparable(value))).collect()
        }
        Value::Array(items) => items.iter().map(comparable).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_ids_of_messages_and_tool_calls_are_removed() {
        let answer = json!({
            "type": "ai", "content": "", "id": "1", "usage_metadata": {"input_tokens": 3},
            "tool_calls": [{"type": "tool_call", "id": "call_1", "name": "add", "args": {"id": 7}}],
        });
        let expected = json!({
            "type": "ai", "content": "",
            "tool_calls": [{"type": "tool_call", "name": "add", "args": {"id": 7}}],
        });
        assert_eq!(comparable(&answer), expected);
        let order = json!({"id": 7, "total": 3});
        assert_eq!(comparable(&order), order);
    }
}
