//! The content blocks of a message.

use std::mem;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value, json};

use super::{
    InvalidToolCall, Media, ReasoningBlock, RefusalBlock, ServerToolCall, ServerToolResult,
    TextBlock, ToolCall, provider_spelling,
};

/// A part of a message, such as text, an image or a tool call.
///
/// It serializes to [LangChain's standard content block].
///
/// [LangChain's standard content block]: https://docs.langchain.com/oss/python/langchain/messages
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ContentBlock {
    /// Text.
    Text(TextBlock),
    /// The model's reasoning.
    Reasoning(ReasoningBlock),
    /// The model's refusal to answer.
    Refusal(RefusalBlock),
    /// A tool call that the model requests.
    ToolCall(ToolCall),
    /// A tool call that the model requests, with arguments that cannot be parsed.
    InvalidToolCall(InvalidToolCall),
    /// A tool call that the provider itself runs, such as a web search.
    ServerToolCall(ServerToolCall),
    /// The result of a tool that the provider ran.
    ServerToolResult(ServerToolResult),
    /// An image.
    #[doc(alias = "ImageContentBlock")]
    Image(Media),
    /// Audio.
    #[doc(alias = "AudioContentBlock")]
    Audio(Media),
    /// A video.
    #[doc(alias = "VideoContentBlock")]
    Video(Media),
    /// A file of any other kind.
    #[doc(alias = "FileContentBlock")]
    File(Media),
    /// A block of any other type. It is a JSON object with a `type`, which is not changed.
    Other(Map<String, Value>),
}

impl ContentBlock {
    /// Creates a text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextBlock::new(text))
    }

    /// Creates a block of type `non_standard`, which contains a JSON `value` in a provider's own
    /// format.
    ///
    /// ```
    /// use runnable_chat::ContentBlock;
    /// use serde_json::json;
    ///
    /// let block = ContentBlock::non_standard(json!({"type": "thread_note"}));
    /// assert_eq!(block.as_non_standard().unwrap()["type"], "thread_note");
    /// ```
    #[doc(alias = "NonStandardContentBlock")]
    pub fn non_standard(value: impl Into<Value>) -> Self {
        let fields = [("type", json!("non_standard")), ("value", value.into())];
        Self::Other(fields.map(|(key, value)| (key.to_owned(), value)).into_iter().collect())
    }

    /// Returns the JSON value in the provider's own format, if this is a block of type
    /// `non_standard`.
    pub fn as_non_standard(&self) -> Option<&Value> {
        match self {
            Self::Other(fields) if fields.get("type")? == "non_standard" => fields.get("value"),
            _ => None,
        }
    }

    /// Returns the text, if this is a text block in which all other fields are empty.
    pub(crate) fn as_plain_text(&self) -> Option<&str> {
        match self {
            Self::Text(block) if block.is_plain() => Some(&block.text),
            _ => None,
        }
    }

    /// Deserializes a block from JSON, in LangChain's standard format or in a provider's own
    /// format.
    pub(crate) fn from_json(block: Value) -> serde_json::Result<Self> {
        let mut fields = match block {
            Value::Object(fields) => provider_spelling::standard(fields),
            Value::String(text) => return Ok(Self::text(text)),
            _ => {
                return Err(serde_json::Error::custom(
                    "invalid content block: expected a JSON object or a string",
                ));
            }
        };
        let Some(Value::String(kind)) = fields.shift_remove("type") else {
            return Err(serde_json::Error::custom(
                "invalid content block: missing string field `type`",
            ));
        };
        let media = ["url", "base64", "file_id"].iter().any(|key| fields.contains_key(*key));
        let known: &[&str] = match kind.as_str() {
            "text" => &["text", "annotations", "id", "extras"],
            "reasoning" => &["reasoning", "id", "extras"],
            "refusal" => &["refusal", "id", "extras"],
            "tool_call" | "server_tool_call" => &["name", "args", "id", "extras"],
            "invalid_tool_call" => &["name", "args", "id", "error", "extras"],
            "server_tool_result" => &["tool_call_id", "status", "output", "id", "extras"],
            "image" | "audio" | "video" | "file" if media => {
                &["url", "base64", "file_id", "mime_type", "id", "extras"]
            }
            _ => {
                fields.insert("type".into(), kind.into());
                return Ok(Self::Other(fields));
            }
        };
        keep_as_extras(&mut fields, known);
        Ok(match kind.as_str() {
            "text" => Self::Text(read(fields)?),
            "reasoning" => Self::Reasoning(read(fields)?),
            "refusal" => Self::Refusal(read(fields)?),
            "tool_call" => Self::ToolCall(read(fields)?),
            "invalid_tool_call" => Self::InvalidToolCall(read(fields)?),
            "server_tool_call" => Self::ServerToolCall(read(fields)?),
            "server_tool_result" => Self::ServerToolResult(read(fields)?),
            "image" => Self::Image(read(fields)?),
            "audio" => Self::Audio(read(fields)?),
            "video" => Self::Video(read(fields)?),
            _ => Self::File(read(fields)?),
        })
    }
}

/// Moves fields that the standard does not define, such as `cache_control`, into `extras`.
fn keep_as_extras(fields: &mut Map<String, Value>, known: &[&str]) {
    let (kept, moved): (Vec<_>, Vec<_>) =
        mem::take(fields).into_iter().partition(|(key, _)| known.contains(&key.as_str()));
    fields.extend(kept);
    // Drop `index`: the position of a chunk in a stream has no meaning for a complete block.
    let mut moved = moved.into_iter().filter(|(key, value)| key != "index" && !value.is_null());
    if let Some(first) = moved.next()
        && let Value::Object(extras) =
            fields.entry("extras").or_insert_with(|| Value::Object(Map::new()))
    {
        extras.extend(std::iter::once(first).chain(moved));
    }
}

fn read<T: for<'de> Deserialize<'de>>(fields: Map<String, Value>) -> serde_json::Result<T> {
    serde_json::from_value(Value::Object(fields))
}

impl Serialize for ContentBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        enum Tagged<'a> {
            Text(&'a TextBlock),
            Reasoning(&'a ReasoningBlock),
            Refusal(&'a RefusalBlock),
            ToolCall(&'a ToolCall),
            InvalidToolCall(&'a InvalidToolCall),
            ServerToolCall(&'a ServerToolCall),
            ServerToolResult(&'a ServerToolResult),
            Image(&'a Media),
            Audio(&'a Media),
            Video(&'a Media),
            File(&'a Media),
        }
        let tagged = match self {
            Self::Text(block) => Tagged::Text(block),
            Self::Reasoning(block) => Tagged::Reasoning(block),
            Self::Refusal(block) => Tagged::Refusal(block),
            Self::ToolCall(block) => Tagged::ToolCall(block),
            Self::InvalidToolCall(block) => Tagged::InvalidToolCall(block),
            Self::ServerToolCall(block) => Tagged::ServerToolCall(block),
            Self::ServerToolResult(block) => Tagged::ServerToolResult(block),
            Self::Image(block) => Tagged::Image(block),
            Self::Audio(block) => Tagged::Audio(block),
            Self::Video(block) => Tagged::Video(block),
            Self::File(block) => Tagged::File(block),
            Self::Other(fields) => return fields.serialize(serializer),
        };
        tagged.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ContentBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl From<TextBlock> for ContentBlock {
    fn from(block: TextBlock) -> Self {
        Self::Text(block)
    }
}

impl From<ReasoningBlock> for ContentBlock {
    fn from(block: ReasoningBlock) -> Self {
        Self::Reasoning(block)
    }
}

impl From<ToolCall> for ContentBlock {
    fn from(call: ToolCall) -> Self {
        Self::ToolCall(call)
    }
}

/// Creates a text block.
impl From<&str> for ContentBlock {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// Creates a text block.
impl From<String> for ContentBlock {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
