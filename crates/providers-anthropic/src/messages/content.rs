//! The JSON of the content blocks in a request.

use std::borrow::Cow;

use runnable_chat::{ContentBlock, message::TextBlock};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use serde_json::{Map, Value, json};

use super::{annotation, open_block::RESULT_TYPE};

/// The JSON of a content block in a request. It borrows from the prompt, because images are large.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block<'a> {
    Text {
        text: &'a str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        citations: Vec<Map<String, Value>>,
        #[serde(flatten)]
        extras: Extras<'a>,
    },
    Thinking {
        thinking: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<&'a str>,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse(Call<'a>),
    ServerToolUse(Call<'a>),
    McpToolUse(Call<'a>),
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Self>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
    Image {
        source: Source<'a>,
        #[serde(flatten)]
        extras: Extras<'a>,
    },
    Document {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
        #[serde(flatten)]
        extras: Extras<'a>,
    },
    #[serde(untagged)]
    ServerResult {
        #[serde(rename = "type")]
        kind: &'a str,
        tool_use_id: &'a str,
        #[serde(skip_serializing_if = "Value::is_null")]
        content: &'a Value,
        #[serde(flatten)]
        extras: Extras<'a>,
    },
    /// A block that already is JSON in the form of the API.
    #[serde(untagged)]
    Raw(Cow<'a, Map<String, Value>>),
}

/// The JSON of a tool call, without its type.
#[derive(Debug, Serialize)]
pub(super) struct Call<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) name: &'a str,
    pub(super) input: Cow<'a, Value>,
    #[serde(flatten)]
    pub(super) extras: Extras<'a>,
}

impl<'a> Block<'a> {
    /// Creates a text block, with the citations that the API can represent.
    pub(super) fn of_text(block: &'a TextBlock, extras: Extras<'a>) -> Self {
        let citations = match extras {
            Extras::None => Vec::new(),
            Extras::Of(_) => block.annotations.iter().filter_map(annotation::to_api).collect(),
        };
        Self::Text { text: &block.text, citations, extras }
    }

    /// Returns whether the block is text of only whitespace, which the API rejects.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text { text, .. } if text.trim().is_empty())
    }
}

/// Returns the arguments of a call as an object, because the API requires an object even if the
/// call has no arguments.
pub(super) fn input(args: &Value) -> Cow<'_, Value> {
    match args {
        Value::Null => Cow::Owned(json!({})),
        args => Cow::Borrowed(args),
    }
}

/// Returns the ID of a tool call in a form that the API accepts. The IDs of other providers may
/// contain characters that the API rejects.
pub(super) fn call_id(id: &str) -> Cow<'_, str> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if id.chars().all(is_valid) {
        Cow::Borrowed(id)
    } else {
        id.chars().map(|c| if is_valid(c) { c } else { '_' }).collect()
    }
}

/// Additional fields of a block, such as `cache_control`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extras<'a> {
    None,
    Of(&'a Map<String, Value>),
}

/// The names of extras that are not sent as additional fields: the block contains them elsewhere,
/// or they belong to another provider.
const NOT_EXTRA: [&str; 13] = [
    "type",
    "text",
    "id",
    "name",
    "input",
    "source",
    "content",
    "tool_use_id",
    "filename",
    "title",
    "detail",
    "index",
    RESULT_TYPE,
];

impl Serialize for Extras<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Self::Of(fields) = self {
            for (key, value) in *fields {
                if !NOT_EXTRA.contains(&key.as_str()) {
                    map.serialize_entry(key, value)?;
                }
            }
        }
        map.end()
    }
}

/// The source of an image or a document.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Source<'a> {
    Url { url: &'a str },
    Base64 { media_type: &'a str, data: &'a str },
    File { file_id: &'a str },
    Text { media_type: &'static str, data: Cow<'a, str> },
}

/// Returns a description of the kind of block, for an error message.
pub(super) fn kind_of(block: &ContentBlock) -> &'static str {
    match block {
        ContentBlock::Text(_) => "a text block",
        ContentBlock::Reasoning(_) => "a reasoning block",
        ContentBlock::Refusal(_) => "a refusal",
        ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_) => "a tool call",
        ContentBlock::ServerToolCall(_) => "a server tool call",
        ContentBlock::ServerToolResult(_) => "a server tool result",
        ContentBlock::Image(_) => "an image",
        ContentBlock::Audio(_) => "audio",
        ContentBlock::Video(_) => "a video",
        ContentBlock::File(_) => "a file",
        _ => "a block of an unknown type",
    }
}
