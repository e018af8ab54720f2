//! [`ToolOutput`]: what a tool returns to the model and to the program.

use runnable_core::impl_at_once;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{ToolMessage, message::ContentBlock};

/// The `type` of a tool output that is stored as a JSON object.
const STORED_TYPE: &str = "tool_output";

/// The output of a tool: the content that the model reads, and an artifact that only the program
/// reads.
///
/// Most tools return a plain value, such as a text or a struct, and need no `ToolOutput`. A
/// function for [`tool`](super::tool()) returns a `ToolOutput` if the model must receive images or
/// other content blocks, or if the program keeps data that the model must not see.
///
/// ```
/// use runnable_chat::{prelude::*, tool::ToolOutput};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let rows = tool("rows", "Counts the rows of the table.", |(): (), _| async {
///     Ok(ToolOutput::text("3 rows").with_artifact(json!([1, 2, 3])))
/// });
/// let answer = AiMessage::new("").with_block(ToolCall::new("call_1", "rows", json!({})));
///
/// let results = toolbox([rows]).invoke(answer).await?;
/// assert_eq!(results[0].text(), "3 rows");
/// assert_eq!(results[0].artifact, Some(json!([1, 2, 3])));
/// # Ok(())
/// # }
/// ```
#[doc(alias("response_format", "content_and_artifact"))]
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// The content that the model reads.
    pub content: ToolContent,
    /// Data for the program. It becomes the [artifact](ToolMessage::artifact) of the tool message,
    /// and is not sent to the model.
    pub artifact: Option<Value>,
}

impl_at_once!(ToolOutput);

/// The content of a [`ToolOutput`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ToolContent {
    /// A JSON value. The model reads a string unchanged, and any other value as JSON.
    Json(Value),
    /// Content blocks, such as text and images.
    Blocks(Vec<ContentBlock>),
}

impl Default for ToolContent {
    fn default() -> Self {
        Self::Json(Value::Null)
    }
}

impl ToolOutput {
    /// Creates an output with a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::from(Value::String(text.into()))
    }

    /// Creates an output with content blocks, such as an image.
    ///
    /// ```
    /// use runnable_chat::{ContentBlock, tool::{ToolContent, ToolOutput}};
    ///
    /// let output = ToolOutput::blocks([ContentBlock::text("The chart shows a rise.")]);
    /// assert!(matches!(output.content, ToolContent::Blocks(blocks) if blocks.len() == 1));
    /// ```
    pub fn blocks<B: Into<ContentBlock>>(blocks: impl IntoIterator<Item = B>) -> Self {
        let blocks = blocks.into_iter().map(Into::into).collect();
        Self { content: ToolContent::Blocks(blocks), artifact: None }
    }

    /// Sets the artifact: data for the program that the model does not read.
    #[must_use]
    pub fn with_artifact(mut self, artifact: impl Into<Value>) -> Self {
        self.artifact = Some(artifact.into());
        self
    }

    /// Returns the message with this output for the tool call that has this ID.
    ///
    /// ```
    /// use runnable_chat::tool::ToolOutput;
    /// use serde_json::json;
    ///
    /// let message = ToolOutput::from(json!({"rows": 3})).into_message("call_1");
    /// assert_eq!(message.text(), r#"{"rows":3}"#);
    /// ```
    pub fn into_message(self, tool_call_id: impl Into<String>) -> ToolMessage {
        let mut message = match self.content {
            ToolContent::Json(Value::String(text)) => ToolMessage::new(tool_call_id, text),
            ToolContent::Json(value) => ToolMessage::new(tool_call_id, value.to_string()),
            ToolContent::Blocks(blocks) => {
                blocks.into_iter().fold(ToolMessage::new(tool_call_id, ""), ToolMessage::with_block)
            }
        };
        message.artifact = self.artifact;
        message
    }

    /// Returns the output as JSON. An output that is a plain JSON value is returned unchanged.
    pub(super) fn into_value(self) -> Value {
        if self.is_plain()
            && let ToolContent::Json(value) = self.content
        {
            return value;
        }
        // Serializing JSON values and content blocks cannot fail.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Returns whether the output is stored as its JSON value alone. An object that looks like a
    /// stored output is not plain, because it would be read as that output.
    fn is_plain(&self) -> bool {
        let ToolContent::Json(value) = &self.content else { return false };
        self.artifact.is_none() && value.get("type").is_none_or(|kind| kind != STORED_TYPE)
    }
}

/// Creates an output with a JSON value. The model reads a string unchanged, and any other value as
/// JSON.
impl From<Value> for ToolOutput {
    fn from(value: Value) -> Self {
        Self { content: ToolContent::Json(value), artifact: None }
    }
}

/// Creates an output with a text.
impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// Creates an output with a text.
impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// Serializes the output for events and recordings. An output that is a plain JSON value is
/// serialized as this value.
impl Serialize for ToolOutput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_plain()
            && let ToolContent::Json(value) = &self.content
        {
            return value.serialize(serializer);
        }
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("type", STORED_TYPE)?;
        match &self.content {
            ToolContent::Json(value) => fields.serialize_entry("json", value)?,
            ToolContent::Blocks(blocks) => fields.serialize_entry("content", blocks)?,
        }
        if let Some(artifact) = &self.artifact {
            fields.serialize_entry("artifact", artifact)?;
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for ToolOutput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value {
            Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == STORED_TYPE) => {
                stored(fields).map_err(D::Error::custom)
            }
            value => Ok(value.into()),
        }
    }
}

fn stored(mut fields: Map<String, Value>) -> serde_json::Result<ToolOutput> {
    let content = match fields.remove("content") {
        Some(blocks) => ToolContent::Blocks(serde_json::from_value(blocks)?),
        None => ToolContent::Json(fields.remove("json").unwrap_or_default()),
    };
    Ok(ToolOutput { content, artifact: fields.remove("artifact") })
}
