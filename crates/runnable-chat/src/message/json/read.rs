//! Deserializes messages from JSON. Accepts the formats of all versions of LangChain, and the
//! format with a `role` that most APIs use.

use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use serde_json::{Map, Value};

use crate::message::{
    AiMessage, AiMessageChunk, BlockChunk, BlockDelta, ContentBlock, FinishReason, HumanMessage,
    InvalidToolCall, Message, SystemMessage, ToolCall, ToolCallChunk, ToolMessage,
    content::content as content_of_text,
};

type Fields = Map<String, Value>;
type Result<T> = serde_json::Result<T>;

fn invalid(message: impl std::fmt::Display) -> serde_json::Error {
    serde_json::Error::custom(message)
}

/// Returns the kind of a message, such as `human`, and the fields of the message, for every
/// supported format.
fn unwrapped(message: Value) -> Result<(String, Fields)> {
    let Value::Object(mut fields) = message else {
        return Err(invalid("invalid message: expected a JSON object"));
    };
    if let (Some(Value::Array(path)), Some(Value::Object(_))) =
        (fields.get("id"), fields.get("kwargs"))
    {
        // This is the format of LangChain's `dumps`: a constructor and its arguments.
        let class = path.last().and_then(Value::as_str).unwrap_or_default().to_owned();
        return Ok((class, take_object(&mut fields, "kwargs")));
    }
    let kind = match (fields.get("type"), fields.get("role")) {
        (Some(Value::String(kind)), _) if kind != "chat" => kind.clone(),
        (_, Some(Value::String(role))) => role.clone(),
        _ => {
            return Err(invalid(
                "invalid message: expected a `type`, such as `human`, or a `role`",
            ));
        }
    };
    if fields.get("data").is_some_and(Value::is_object) && !fields.contains_key("content") {
        // This is the format of LangChain's `messages_to_dict`.
        return Ok((kind, take_object(&mut fields, "data")));
    }
    Ok((kind, fields))
}

fn take_object(fields: &mut Fields, key: &str) -> Fields {
    match fields.shift_remove(key) {
        Some(Value::Object(object)) => object,
        _ => Fields::new(),
    }
}

/// Removes a field, which can be absent or `null`, and deserializes its value.
fn take<T: DeserializeOwned>(fields: &mut Fields, key: &str) -> Result<Option<T>> {
    let value = fields.shift_remove(key).unwrap_or_default();
    serde_json::from_value(value)
        .map_err(|error| invalid(format_args!("invalid message field `{key}`: {error}")))
}

/// Removes and returns the items of a list field, which can be absent or `null`.
fn take_list(fields: &mut Fields, key: &str) -> Result<Vec<Value>> {
    Ok(take(fields, key)?.unwrap_or_default())
}

fn take_content(fields: &mut Fields) -> Result<Vec<ContentBlock>> {
    match fields.shift_remove("content").unwrap_or_default() {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(content_of_text(text)),
        Value::Array(blocks) => blocks.into_iter().map(ContentBlock::from_json).collect(),
        _ => Err(invalid(
            "invalid message `content`: expected a string or an array of content blocks",
        )),
    }
}

impl Message {
    fn from_json(message: Value) -> Result<Self> {
        let (kind, fields) = unwrapped(message)?;
        Ok(match kind.as_str() {
            "system" | "developer" | "SystemMessage" | "SystemMessageChunk" => {
                Self::System(system(fields)?)
            }
            "human" | "user" | "HumanMessage" | "HumanMessageChunk" => Self::Human(human(fields)?),
            "ai" | "assistant" | "AIMessage" | "AIMessageChunk" => Self::Ai(ai(fields)?),
            "tool" | "function" | "ToolMessage" | "FunctionMessage" | "ToolMessageChunk" => {
                Self::Tool(tool(fields)?)
            }
            _ => {
                return Err(invalid(format_args!(
                    "unknown message type `{kind}`: expected `system`, `human`, `ai` or `tool`"
                )));
            }
        })
    }
}

macro_rules! read_plain {
    ($($read:ident: $Message:ident;)+) => {$(
        fn $read(mut fields: Fields) -> Result<$Message> {
            let mut message = $Message::new("");
            message.content = take_content(&mut fields)?;
            (message.id, message.name) = (take(&mut fields, "id")?, take(&mut fields, "name")?);
            Ok(message)
        }
    )+};
}

read_plain! {
    system: SystemMessage;
    human: HumanMessage;
}

fn tool(mut fields: Fields) -> Result<ToolMessage> {
    let name: Option<String> = take(&mut fields, "name")?;
    // A function message has only the name of the function, because its format is older than the
    // IDs of tool calls.
    let call_id = take(&mut fields, "tool_call_id")?.or_else(|| name.clone());
    let Some(call_id) = call_id else {
        return Err(invalid("invalid tool message: missing `tool_call_id`"));
    };
    let mut message = ToolMessage::new(call_id, "");
    message.content = take_content(&mut fields)?;
    message.status = take(&mut fields, "status")?.unwrap_or_default();
    message.artifact = take(&mut fields, "artifact")?;
    (message.id, message.name) = (take(&mut fields, "id")?, name);
    Ok(message)
}

fn ai(mut fields: Fields) -> Result<AiMessage> {
    let mut message = AiMessage::new("");
    message.content = take_content(&mut fields)?;
    let mut additional = take_object(&mut fields, "additional_kwargs");
    let mut calls = take_list(&mut fields, "tool_calls")?;
    if calls.is_empty() {
        calls = take_list(&mut additional, "tool_calls")?;
    }
    let mut calls = calls.into_iter().map(tool_call).collect::<Result<Vec<_>>>()?;
    for call in take_list(&mut fields, "invalid_tool_calls")? {
        calls.push(ContentBlock::InvalidToolCall(serde_json::from_value(call)?));
    }
    calls.retain(|call| !stands_in(&message.content, call));
    message.content.extend(calls);
    message.usage = take(&mut fields, "usage_metadata")?;
    message.other_choices = take(&mut fields, "other_choices")?.unwrap_or_default();
    (message.id, message.name) = (take(&mut fields, "id")?, take(&mut fields, "name")?);
    let mut about = take_object(&mut fields, "response_metadata");
    if let Some(raw) = take_text(&mut about, &["finish_reason", "stop_reason"]) {
        let reason = FinishReason::from(raw.as_str());
        message.provider_finish_reason = Some(raw).filter(|raw| raw != reason.as_str());
        message.finish_reason = Some(reason);
    }
    message.model = take_text(&mut about, &["model_name", "model"]);
    message.provider = take_text(&mut about, &["model_provider"]).map(Into::into);
    if let Some(Value::Object(mut logprobs)) = about.shift_remove("logprobs") {
        message.logprobs = take(&mut logprobs, "content")?.unwrap_or_default();
    }
    // Ignore errors, because messages that another program has stored may have any value in this
    // field.
    if let Some(Ok(limits)) = about.get("rate_limits").map(Vec::deserialize) {
        message.rate_limits = limits;
        about.shift_remove("rate_limits");
    }
    message.metadata = about;
    if !additional.is_empty() {
        message.metadata.insert("additional_kwargs".into(), additional.into());
    }
    Ok(message)
}

/// Removes and returns the first of the fields `keys` whose value is a string.
fn take_text(fields: &mut Fields, keys: &[&str]) -> Option<String> {
    let key = keys.iter().find(|key| fields.get(**key).is_some_and(Value::is_string))?;
    match fields.shift_remove(*key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Deserializes a tool call in LangChain's format, or in the format
/// `{"function": {"name": …, "arguments": "…"}}`.
fn tool_call(mut call: Value) -> Result<ContentBlock> {
    if let Some(function) = call.get_mut("function").map(Value::take) {
        let mut chunk = ToolCallChunk::new(function["arguments"].as_str().unwrap_or_default());
        chunk.name = function["name"].as_str().map(str::to_owned);
        chunk.id = call["id"].as_str().map(str::to_owned);
        return Ok(BlockChunk::tool_call(chunk).finish());
    }
    let call: ToolCall = serde_json::from_value(call)?;
    Ok(call.into())
}

/// Returns `true` if `content` already contains the tool call `call`. This is usual if the content
/// is stored as a list of blocks.
fn stands_in(content: &[ContentBlock], call: &ContentBlock) -> bool {
    let id = |block: &ContentBlock| match block {
        ContentBlock::ToolCall(ToolCall { id, .. })
        | ContentBlock::InvalidToolCall(InvalidToolCall { id, .. }) => id.clone(),
        _ => None,
    };
    content.iter().any(|block| match id(call) {
        Some(call) => id(block) == Some(call),
        None => block == call,
    })
}

fn chunk(mut fields: Fields) -> Result<AiMessageChunk> {
    let content = fields.shift_remove("content").unwrap_or_default();
    let mut calls = take_list(&mut fields, "tool_call_chunks")?;
    let mut blocks = Vec::new();
    match content {
        Value::Array(items) => {
            let is_call = |block: &Value| block["type"] == "tool_call_chunk";
            if items.iter().any(is_call) {
                calls.clear();
            }
            for item in items {
                blocks.push(block_chunk(item)?);
            }
        }
        Value::String(text) if !text.is_empty() => blocks.push(BlockChunk::text(text)),
        _ => (),
    }
    for mut call in calls {
        if let Some(call) = call.as_object_mut() {
            call.insert("type".into(), "tool_call_chunk".into());
        }
        blocks.push(block_chunk(call)?);
    }
    let about = ["usage_metadata", "response_metadata", "id", "name", "other_choices"];
    fields.retain(|key, _| about.contains(&key.as_str()));
    let others = take_list(&mut fields, "other_choices")?;
    let (_, mut info) = runnable_core::Chunked::into_chunk(ai(fields)?).into_parts();
    for other in others {
        let index = other["index"].as_u64().and_then(|index| u32::try_from(index).ok());
        info.other_choice(index.unwrap_or(1), serde_json::from_value(other)?);
    }
    Ok(AiMessageChunk::from_parts(blocks.into_iter().collect(), info))
}

fn block_chunk(mut block: Value) -> Result<BlockChunk> {
    let index =
        block.get("index").and_then(Value::as_u64).and_then(|index| u32::try_from(index).ok());
    if let Some(fields) = block.as_object_mut() {
        fields.shift_remove("index");
    }
    let mut chunk: BlockChunk = match block["type"].as_str() {
        Some("tool_call_chunk") => BlockDelta::ToolCall(serde_json::from_value(block)?).into(),
        Some("server_tool_call_chunk") => {
            BlockDelta::ServerToolCall(serde_json::from_value(block)?).into()
        }
        _ => ContentBlock::from_json(block)?.into(),
    };
    chunk.index = index;
    Ok(chunk)
}

macro_rules! deserialize {
    ($($Message:ident: $read:expr;)+) => {$(
        impl<'de> Deserialize<'de> for $Message {
            fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
                let json = Value::deserialize(json)?;
                $read(json).map_err(D::Error::custom)
            }
        }
    )+};
}

deserialize! {
    Message: Self::from_json;
    SystemMessage: |json| system(fields_of(json)?);
    HumanMessage: |json| human(fields_of(json)?);
    AiMessage: |json| ai(fields_of(json)?);
    ToolMessage: |json| tool(fields_of(json)?);
    AiMessageChunk: |json| chunk(fields_of(json)?);
}

/// Returns the fields of a message. The caller knows the kind of the message, so `type` and `role`
/// are optional.
fn fields_of(message: Value) -> Result<Fields> {
    match message {
        Value::Object(fields) if !fields.contains_key("type") && !fields.contains_key("role") => {
            Ok(fields)
        }
        message => unwrapped(message).map(|(_, fields)| fields),
    }
}
