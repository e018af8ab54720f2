//! Creates a request that is similar to the recorded request of a case.

use runnable_chat::{ChatOptions, Message, PromptValue, human, system, tool::ToolDefinition};
use serde_json::{Value, json};

/// Returns a prompt and options for replaying a recorded request.
///
/// They need not equal the recorded request, because only the result is compared. The prompt
/// contains only the texts of the conversation. The options are only those that affect how a
/// response is read, such as tools, the number of choices and log-probabilities.
pub(crate) fn rebuilt(body: &Value) -> (PromptValue, ChatOptions) {
    let mut options = ChatOptions::new();
    let tools: Vec<_> = items(&body["tools"]).filter_map(tool).collect();
    if !tools.is_empty() {
        options = options.tools(tools);
    }
    if let Some(limit) = ["max_tokens", "max_completion_tokens", "max_output_tokens"]
        .iter()
        .find_map(|name| body[*name].as_u64())
    {
        options = options.max_tokens(limit);
    }
    if let Some(choices) = body["n"].as_u64().filter(|choices| *choices > 1) {
        options = options.extra("n", choices);
    }
    if body["logprobs"] == true {
        let likeliest = body["top_logprobs"].as_u64().unwrap_or(0);
        options = options.logprobs(u8::try_from(likeliest).unwrap_or(0));
    }
    (prompt(body), options)
}

fn prompt(body: &Value) -> PromptValue {
    let listed = items(&body["messages"]).chain(items(&body["input"]));
    let mut messages: Vec<_> = listed.filter_map(message).collect();
    if let Some(text) = body["input"].as_str() {
        messages.push(human(text));
    }
    if let Some(text) =
        [&body["system"], &body["instructions"]].iter().find_map(|text| text.as_str())
    {
        messages.insert(0, system(text));
    }
    if !messages.iter().any(|message| message.role() == "user") {
        messages.push(human("Hello."));
    }
    messages.into()
}

/// Converts a user or system message of the recorded request to a message with the same text.
/// Returns `None` for other messages. A tool message, for example, would need a preceding tool
/// call.
fn message(message: &Value) -> Option<Message> {
    let text: String = match &message["content"] {
        Value::String(text) => text.clone(),
        parts => items(parts).filter_map(|part| part["text"].as_str()).collect(),
    };
    match message["role"].as_str()? {
        _ if text.is_empty() => None,
        "user" => Some(human(text)),
        "system" | "developer" => Some(system(text)),
        _ => None,
    }
}

/// Converts the definition of a function tool. Returns `None` for a tool that the service itself
/// runs.
fn tool(tool: &Value) -> Option<ToolDefinition> {
    // In the Chat Completions API, the fields of the function are in a nested object.
    let function = if tool["function"].is_object() { &tool["function"] } else { tool };
    let schema = ["parameters", "input_schema"].iter().find_map(|name| function.get(*name));
    let schema = schema.filter(|schema| schema.is_object()).cloned();
    let schema = match (schema, tool["type"].as_str()) {
        (Some(schema), _) => schema,
        (None, Some("function")) => json!({"type": "object", "properties": {}}),
        (None, _) => return None,
    };
    let description = function["description"].as_str().unwrap_or_default();
    Some(ToolDefinition::new(function["name"].as_str()?, description, schema))
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
