//! Messages as attributes of OpenInference: one attribute for each field of each message.

use serde_json::Value;

use super::{
    gen_ai_message::{role, tool_calls},
    json_text::json_text,
    media::Media,
};
use crate::attributes::Attributes;

/// Adds the attributes of messages. `prefix` is `llm.input_messages` or `llm.output_messages`.
pub(super) fn add_messages(prefix: &str, messages: &[&Value], attributes: &mut Attributes<'_>) {
    for (index, message) in messages.iter().enumerate() {
        add_message(&format!("{prefix}.{index}.message"), message, attributes);
    }
}

fn add_message(prefix: &str, message: &Value, attributes: &mut Attributes<'_>) {
    attributes.add(format!("{prefix}.role"), role(message).to_owned());
    match &message["content"] {
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => attributes.add(format!("{prefix}.content"), text.clone()),
        Value::Array(blocks) => add_contents(prefix, blocks, attributes),
        _ => {}
    }
    for (index, call) in tool_calls(message).enumerate() {
        let prefix = format!("{prefix}.tool_calls.{index}.tool_call");
        if let Some(id) = call["id"].as_str() {
            attributes.add(format!("{prefix}.id"), id.to_owned());
        }
        let name = call["name"].as_str().unwrap_or_default();
        attributes.add(format!("{prefix}.function.name"), name.to_owned());
        attributes.add(format!("{prefix}.function.arguments"), json_text(&call["args"]));
    }
    for field in ["tool_call_id", "name"] {
        if let Some(text) = message[field].as_str() {
            attributes.add(format!("{prefix}.{field}"), text.to_owned());
        }
    }
}

fn add_contents(prefix: &str, blocks: &[Value], attributes: &mut Attributes<'_>) {
    let is_call = |block: &&Value| {
        matches!(
            block["type"].as_str(),
            Some("tool_call" | "invalid_tool_call" | "tool_call_chunk")
        )
    };
    for (index, block) in blocks.iter().filter(|block| !is_call(block)).enumerate() {
        let prefix = format!("{prefix}.contents.{index}.message_content");
        if let Some(media) = Media::of_block(block) {
            let modality = media.modality;
            attributes.add(format!("{prefix}.type"), modality.to_owned());
            let field = format!("{prefix}.{modality}.{modality}.url");
            attributes.add(field, media.to_url());
            continue;
        }
        let kind = block["type"].as_str().unwrap_or("text");
        attributes.add(format!("{prefix}.type"), kind.to_owned());
        let text = ["text", "reasoning", "refusal"].iter().find_map(|field| block[*field].as_str());
        let text = text.map_or_else(|| block.to_string(), str::to_owned);
        attributes.add(format!("{prefix}.text"), text);
    }
}
