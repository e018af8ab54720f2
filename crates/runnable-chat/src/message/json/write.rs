//! Serializes messages to the JSON format of LangChain. Each of the two libraries can therefore
//! load messages that the other has stored.

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::{Map, Value};

use crate::message::{
    AiMessage, AiMessageChunk, BlockChunk, BlockDelta, ContentBlock, FinishReason, HumanMessage,
    InvalidToolCall, RateLimit, SystemMessage, TokenLogprob, ToolCall, ToolCallChunk, ToolMessage,
    ToolStatus, Usage, answer::AnswerDetails,
};

/// The JSON fields of a message of any kind. Missing and empty fields are omitted.
#[derive(Default, Serialize)]
struct Written<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    content: Content<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Tagged<&'a ToolCall>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invalid_tool_calls: Vec<Tagged<&'a InvalidToolCall>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_call_chunks: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ToolStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_metadata: Option<Usage>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    response_metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_choices: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// The `content` field. It is a string if the message has only text, as most messages do.
/// Otherwise, it is a list of blocks.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Joined(String),
    Blocks(&'a [ContentBlock]),
    Chunks(Vec<Value>),
}

impl Default for Content<'_> {
    fn default() -> Self {
        Self::Text("")
    }
}

impl<'a> Content<'a> {
    /// Returns the content to serialize. If the content is one text followed only by tool calls,
    /// this is the text, because the tool calls are in a separate field.
    fn of(content: &'a [ContentBlock]) -> Self {
        let is_call = |block: &ContentBlock| {
            matches!(block, ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_))
        };
        let (text, rest) = match content.split_first() {
            None => ("", content),
            Some((first, rest)) => match first.as_plain_text() {
                Some(text) if !text.is_empty() => (text, rest),
                _ => ("", content),
            },
        };
        if rest.iter().all(is_call) { Self::Text(text) } else { Self::Blocks(content) }
    }
}

#[derive(Serialize)]
struct Tagged<T> {
    #[serde(flatten)]
    value: T,
    #[serde(rename = "type")]
    kind: &'static str,
}

macro_rules! write_plain {
    ($($Message:ident: $kind:literal;)+) => {$(
        impl Serialize for $Message {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (id, name) = (self.id.as_deref(), self.name.as_deref());
                let content = Content::of(&self.content);
                Written { kind: $kind, content, id, name, ..Written::default() }
                    .serialize(serializer)
            }
        }
    )+};
}

write_plain! {
    SystemMessage: "system";
    HumanMessage: "human";
}

impl Serialize for ToolMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            kind: "tool",
            content: Content::of(&self.content),
            tool_call_id: Some(&self.tool_call_id),
            status: Some(self.status),
            artifact: self.artifact.as_ref(),
            id: self.id.as_deref(),
            name: self.name.as_deref(),
            ..Written::default()
        }
        .serialize(serializer)
    }
}

impl Serialize for AiMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let calls = self.tool_calls().map(|value| Tagged { value, kind: "tool_call" });
        let invalid =
            self.invalid_tool_calls().map(|value| Tagged { value, kind: "invalid_tool_call" });
        let others = self.other_choices.iter().map(serde_json::to_value);
        Written {
            kind: "ai",
            content: Content::of(&self.content),
            tool_calls: calls.collect(),
            invalid_tool_calls: invalid.collect(),
            usage_metadata: self.usage,
            response_metadata: response_metadata(
                [
                    ("finish_reason", self.raw_finish_reason()),
                    ("model_name", self.model.as_deref()),
                    ("model_provider", self.provider.as_deref()),
                ],
                &self.logprobs,
                &self.rate_limits,
                &self.metadata,
            ),
            other_choices: others.collect::<Result<_, _>>().map_err(S::Error::custom)?,
            id: self.id.as_deref(),
            name: self.name.as_deref(),
            ..Written::default()
        }
        .serialize(serializer)
    }
}

impl Serialize for AiMessageChunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = AnswerDetails::default();
        let info = self.info().unwrap_or(&none);
        let reason = info.finish_reason.as_ref().map(FinishReason::as_str);
        let calls = self.blocks().iter().filter(|block| is_call(block)).map(chunk_json);
        let others = info.other_choices.iter().map(|(index, choice)| {
            let mut json = serde_json::to_value(choice)?;
            json["index"] = (*index).into();
            Ok(json)
        });
        let others: serde_json::Result<_> = others.collect();
        Written {
            kind: "AIMessageChunk",
            content: chunk_content(self).map_err(S::Error::custom)?,
            tool_call_chunks: calls.collect::<Result<_, _>>().map_err(S::Error::custom)?,
            usage_metadata: self.usage(),
            response_metadata: response_metadata(
                [
                    ("finish_reason", info.raw_finish_reason.as_deref().or(reason)),
                    ("model_name", info.model.as_deref()),
                    ("model_provider", info.provider.as_deref()),
                ],
                &info.logprobs,
                &info.rate_limits,
                &info.metadata,
            ),
            other_choices: others.map_err(S::Error::custom)?,
            id: info.id.as_deref(),
            name: info.name.as_deref(),
            ..Written::default()
        }
        .serialize(serializer)
    }
}

fn is_call(block: &BlockChunk) -> bool {
    matches!(block.delta, BlockDelta::ToolCall(_))
}

fn chunk_content(chunk: &AiMessageChunk) -> serde_json::Result<Content<'static>> {
    let plain = chunk.blocks().iter().all(|block| match &block.delta {
        BlockDelta::Text(text) => text.is_plain(),
        _ => is_call(block),
    });
    if plain {
        Ok(Content::Joined(chunk.text().into_owned()))
    } else {
        chunk.blocks().iter().map(chunk_json).collect::<Result<_, _>>().map(Content::Chunks)
    }
}

fn chunk_json(chunk: &BlockChunk) -> serde_json::Result<Value> {
    let mut json = match &chunk.delta {
        BlockDelta::ToolCall(call) => call_json(call, "tool_call_chunk")?,
        BlockDelta::ServerToolCall(call) => call_json(call, "server_tool_call_chunk")?,
        _ => serde_json::to_value(chunk.clone().finish())?,
    };
    if let Some(index) = chunk.index {
        json["index"] = index.into();
    }
    Ok(json)
}

fn call_json(call: &ToolCallChunk, kind: &'static str) -> serde_json::Result<Value> {
    serde_json::to_value(Tagged { value: call, kind })
}

fn response_metadata(
    known: [(&str, Option<&str>); 3],
    logprobs: &[TokenLogprob],
    rate_limits: &[RateLimit],
    metadata: &Map<String, Value>,
) -> Map<String, Value> {
    let mut fields = metadata.clone();
    for (key, value) in known {
        fields.extend(value.map(|value| (key.to_owned(), value.into())));
    }
    if !logprobs.is_empty() {
        fields.insert("logprobs".into(), serde_json::json!({"content": logprobs}));
    }
    if !rate_limits.is_empty() {
        fields.insert("rate_limits".into(), serde_json::json!(rate_limits));
    }
    fields
}
