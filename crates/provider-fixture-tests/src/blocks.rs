//! Converts content blocks to the formats of services, for the comparison with expected results.

use runnable_chat::{
    ContentBlock,
    message::{Annotation, ServerToolCall},
};
use serde_json::{Map, Value, json};

/// Converts content blocks to the format of Anthropic's Messages API. Blocks that this API does not
/// have are converted to a similar format.
pub(crate) fn native(content: &[ContentBlock]) -> Value {
    content.iter().map(block).collect()
}

/// Returns a list of the `type` of each block.
pub(crate) fn types(blocks: &Value) -> Value {
    blocks.as_array().into_iter().flatten().map(|block| block["type"].clone()).collect()
}

fn block(block: &ContentBlock) -> Value {
    match block {
        ContentBlock::Text(block) => {
            let citations: Vec<_> = block.annotations.iter().map(annotation).collect();
            if citations.is_empty() {
                json!({"type": "text", "text": block.text})
            } else {
                json!({"type": "text", "text": block.text, "citations": citations})
            }
        }
        ContentBlock::Reasoning(block)
            if block.encrypted.is_some() && block.reasoning.is_empty() =>
        {
            json!({"type": "redacted_thinking", "data": block.encrypted})
        }
        ContentBlock::Reasoning(block) => {
            json!({"type": "thinking", "thinking": block.reasoning, "signature": block.signature})
        }
        ContentBlock::ToolCall(call) => {
            json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.args})
        }
        ContentBlock::InvalidToolCall(call) => {
            json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.args})
        }
        ContentBlock::ServerToolCall(call) => server_tool_call(call),
        ContentBlock::ServerToolResult(result) => {
            let kind = named(&result.extras, &["type", "block_type"]);
            let kind = kind.unwrap_or_else(|| json!("server_tool_result"));
            json!({"type": kind, "tool_use_id": result.tool_call_id})
        }
        other => foreign(other),
    }
}

fn server_tool_call(call: &ServerToolCall) -> Value {
    let server = named(&call.extras, &["server_name", "server_label"]);
    let is_mcp = if server.is_some() { "mcp_tool_use" } else { "server_tool_use" };
    let kind = named(&call.extras, &["type", "block_type"]).unwrap_or_else(|| json!(is_mcp));
    let mut block = json!({"type": kind, "id": call.id, "name": call.name, "input": call.args});
    if let Some(server) = server {
        block["server_name"] = server;
    }
    block
}

/// Returns the JSON of a block for which Anthropic's API has no format.
fn foreign(block: &ContentBlock) -> Value {
    match block.as_non_standard() {
        Some(value) => value.clone(),
        None => json!(block),
    }
}

fn named(fields: &Map<String, Value>, keys: &[&str]) -> Option<Value> {
    keys.iter().find_map(|key| fields.get(*key)).cloned()
}

fn annotation(annotation: &Annotation) -> Value {
    serde_json::to_value(annotation).unwrap_or_default()
}

/// Returns a list of the types of the items in a response of OpenAI's Responses API. `content` are
/// the blocks that were read from these items. Several blocks may belong to one item: the parts of
/// a message, the parts of reasoning, or a server tool call and its result.
pub(crate) fn items(content: &[ContentBlock]) -> Value {
    let mut items: Vec<(String, Option<String>)> = Vec::new();
    for block in content {
        let (kind, id) = item(block);
        let is_result = matches!(block, ContentBlock::ServerToolResult(_));
        let same = items.last().is_some_and(|(last, last_id)| {
            let belongs = is_result && last.ends_with("_call") && *last_id == id;
            let parts = matches!(kind.as_str(), "message" | "reasoning");
            belongs || (parts && *last == kind && (*last_id == id || id.is_none()))
        });
        if !same {
            items.push((kind, id));
        }
    }
    items.into_iter().map(|(kind, _)| Value::from(kind)).collect()
}

fn item(block: &ContentBlock) -> (String, Option<String>) {
    // The extras of a block may contain the original item, and with it the type of the item.
    let named = |extras: &Map<String, Value>, other: &str| {
        let kept = extras.get("item").map_or(&Value::Null, |item| &item["type"]);
        kept.as_str().unwrap_or(other).to_owned()
    };
    match block {
        ContentBlock::Text(block) => ("message".into(), block.id.clone()),
        ContentBlock::Refusal(block) => {
            let json = json!(block);
            ("message".into(), json["id"].as_str().map(str::to_owned))
        }
        ContentBlock::Reasoning(block) => ("reasoning".into(), block.id.clone()),
        ContentBlock::ToolCall(call) => {
            let custom = if call.args.is_string() { "custom_tool_call" } else { "function_call" };
            (custom.into(), call.id.clone())
        }
        ContentBlock::InvalidToolCall(call) => ("function_call".into(), call.id.clone()),
        ContentBlock::ServerToolCall(call) => {
            let is_mcp =
                ["server_label", "server_name"].iter().any(|key| call.extras.contains_key(*key));
            let kind = if is_mcp { "mcp_call".into() } else { format!("{}_call", call.name) };
            (named(&call.extras, &kind), call.id.clone())
        }
        ContentBlock::ServerToolResult(result) => {
            ("result".into(), Some(result.tool_call_id.clone()))
        }
        ContentBlock::Image(media) => {
            let json = json!(media);
            ("image_generation_call".into(), json["id"].as_str().map(str::to_owned))
        }
        other => {
            let value = foreign(other);
            let text = |key: &str| value[key].as_str().map(str::to_owned);
            (text("type").unwrap_or_default(), text("id"))
        }
    }
}

/// Returns whether the blocks have all expected fields with the expected values. Citations are
/// compared by their content, because their standard format differs from the format of the service.
pub(crate) fn are_same(expected: &Value, got: &Value) -> bool {
    let (Value::Array(expected), Value::Array(got)) = (expected, got) else { return false };
    let same = |(expected, got): (&Value, &Value)| {
        let fields = expected.as_object().into_iter().flatten();
        fields.into_iter().all(|(key, expected)| match key.as_str() {
            "citations" => same_citations(expected, &got["citations"]),
            _ => is_nothing(expected) && is_nothing(&got[key]) || *expected == got[key],
        })
    };
    expected.len() == got.len() && expected.iter().zip(got).all(same)
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value == "" || *value == json!([])
}

/// Returns whether two lists of citations have the same content: each value of an expected citation
/// must occur in the citation at the same position.
fn same_citations(expected: &Value, got: &Value) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (expected, got) = (list(expected), list(got));
    let same = |(expected, got): (&Value, &Value)| {
        let mut values = Vec::new();
        leaves(got, &mut values);
        let fields = expected.as_object().into_iter().flatten();
        let mut fields = fields.filter(|(key, value)| *key != "type" && !value.is_null());
        fields.all(|(_, value)| values.contains(&value))
    };
    expected.len() == got.len() && expected.iter().zip(&got).all(same)
}

fn leaves<'a>(value: &'a Value, values: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, values)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, values)),
        leaf => values.push(leaf),
    }
}
