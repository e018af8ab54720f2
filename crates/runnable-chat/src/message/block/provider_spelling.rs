//! Converts content blocks from the formats of individual providers to LangChain's standard format.
//! Conversations that were stored before the standard format existed contain such blocks.

use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// Converts a block from the format of a known provider to LangChain's standard format. Other
/// blocks are returned unchanged.
pub(crate) fn standard(fields: Fields) -> Fields {
    let standard = match fields.get("type").and_then(Value::as_str) {
        Some("image_url") => image_url(&fields),
        Some("thinking") => thinking(&fields),
        Some("redacted_thinking") => redacted_thinking(&fields),
        Some("reasoning") => summary(&fields),
        Some("tool_use") => tool_use(&fields),
        Some("image" | "audio" | "video" | "file") => sourced(&fields),
        _ => None,
    };
    match standard {
        Some(Value::Object(standard)) => standard,
        _ => fields,
    }
}

/// Converts OpenAI's image block `{"image_url": {"url": …}}`. The URL can be a `data:` URL.
fn image_url(fields: &Fields) -> Option<Value> {
    let image = fields.get("image_url")?;
    let url = image.as_str().or_else(|| image.get("url")?.as_str())?;
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let mut block = match data {
        Some((mime_type, data)) => {
            json!({"type": "image", "base64": data, "mime_type": mime_type})
        }
        None => json!({"type": "image", "url": url}),
    };
    if let Some(detail) = image.get("detail") {
        block["extras"] = json!({"detail": detail});
    }
    Some(block)
}

/// Converts Anthropic's reasoning block.
fn thinking(fields: &Fields) -> Option<Value> {
    let mut block = json!({"type": "reasoning", "reasoning": fields.get("thinking")?});
    if let Some(signature) = fields.get("signature") {
        block["extras"] = json!({"signature": signature});
    }
    Some(block)
}

/// Converts Anthropic's encrypted reasoning block.
fn redacted_thinking(fields: &Fields) -> Option<Value> {
    let data = fields.get("data")?;
    Some(json!({"type": "reasoning", "reasoning": "", "extras": {"encrypted_content": data}}))
}

/// Converts OpenAI's reasoning block, which contains a summary of the reasoning.
fn summary(fields: &Fields) -> Option<Value> {
    let parts = fields.get("summary")?.as_array()?;
    let texts: Vec<_> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
    let mut block = json!({"type": "reasoning", "reasoning": texts.join("\n\n")});
    for key in ["id", "encrypted_content"] {
        if let Some(value) = fields.get(key).filter(|value| value.is_string()) {
            block[key] = value.clone();
        }
    }
    Some(block)
}

/// Converts Anthropic's tool call block.
fn tool_use(fields: &Fields) -> Option<Value> {
    let (id, name) = (fields.get("id")?, fields.get("name")?);
    let args = fields.get("input").filter(|input| input.is_object())?;
    Some(json!({"type": "tool_call", "id": id, "name": name, "args": args}))
}

/// Converts a media block in the format of LangChain before version 1, with the field
/// `source_type`, or in Anthropic's format, with the field `source`.
fn sourced(fields: &Fields) -> Option<Value> {
    let mut block = json!({"type": fields.get("type")?});
    if let Some(kind) = fields.get("source_type").and_then(Value::as_str) {
        let (from, to) = match kind {
            "url" => ("url", "url"),
            "base64" => ("data", "base64"),
            "id" => ("id", "file_id"),
            _ => return None,
        };
        block[to] = fields.get(from)?.clone();
        if let Some(mime_type) = fields.get("mime_type") {
            block["mime_type"] = mime_type.clone();
        }
        if let Some(metadata) = fields.get("metadata").filter(|metadata| metadata.is_object()) {
            block["extras"] = metadata.clone();
        }
        return Some(block);
    }
    let source = fields.get("source")?;
    match source.get("type")?.as_str()? {
        "url" => block["url"] = source.get("url")?.clone(),
        "file" => block["file_id"] = source.get("file_id")?.clone(),
        "base64" => {
            block["base64"] = source.get("data")?.clone();
            block["mime_type"] = source.get("media_type")?.clone();
        }
        _ => return None,
    }
    Some(block)
}
