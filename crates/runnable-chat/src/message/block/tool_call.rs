//! Tool calls that a model requests, and tool calls that the provider itself runs.

use runnable_core::{Error, ErrorKind, Metadata};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::from_json::from_json;

/// A tool call that a model requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// The name of the tool.
    pub name: String,
    /// The arguments: a JSON object, or a string for a tool that accepts free text.
    pub args: Value,
    /// The ID of the call. The result of the tool refers to this ID.
    #[serde(default)]
    pub id: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ToolCall {
    /// Creates a call of the tool `name`.
    pub fn new(id: impl Into<String>, name: impl Into<String>, args: impl Into<Value>) -> Self {
        let (id, name, args) = (Some(id.into()), name.into(), args.into());
        Self { name, args, id, extras: Metadata::new() }
    }

    /// Deserializes the arguments.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use serde::Deserialize;
    /// use serde_json::json;
    ///
    /// #[derive(Deserialize)]
    /// struct Weather {
    ///     city: String,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let call = ToolCall::new("call_1", "weather", json!({"city": "Paris"}));
    /// let args: Weather = call.parse_args()?;
    /// assert_eq!(args.city, "Paris");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Parse`] if the arguments cannot be deserialized as a `T`. The message
    /// names the argument.
    #[doc(alias = "PydanticToolsParser")]
    pub fn parse_args<T: DeserializeOwned>(&self) -> runnable_core::Result<T> {
        from_json(&self.args).map_err(|reason| {
            let message = format!("invalid arguments for tool `{}`: {reason}", self.name);
            Error::new(ErrorKind::Parse, message)
        })
    }
}

/// A tool call that a model requests, with arguments that cannot be parsed.
///
/// In most cases, the arguments are truncated. The received text of the arguments is stored
/// unchanged. It is never repaired, because the missing part is unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InvalidToolCall {
    /// The name of the tool, or the received part of it.
    #[serde(default)]
    pub name: Option<String>,
    /// The received part of the arguments.
    #[serde(default)]
    pub args: Option<String>,
    /// The ID of the call.
    #[serde(default)]
    pub id: Option<String>,
    /// The reason why the call is invalid.
    #[serde(default)]
    pub error: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl InvalidToolCall {
    /// Creates an invalid call with this error. All other fields are empty.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::default() }
    }
}

/// A tool call that the provider itself runs, such as a web search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerToolCall {
    /// The name of the tool.
    pub name: String,
    /// The arguments.
    #[serde(default)]
    pub args: Value,
    /// The ID of the call. The result of the tool refers to this ID.
    #[serde(default)]
    pub id: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ServerToolCall {
    /// Creates a call of the tool `name`.
    pub fn new(name: impl Into<String>, args: impl Into<Value>) -> Self {
        Self { name: name.into(), args: args.into(), id: None, extras: Metadata::new() }
    }
}

/// The result of a tool that the provider ran.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerToolResult {
    /// The ID of the call.
    #[serde(default)]
    pub tool_call_id: String,
    /// The status of the call: `success` or `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The output of the tool, unchanged.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
    /// The provider's ID of the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ServerToolResult {
    /// Creates the result of the call with this ID.
    pub fn new(tool_call_id: impl Into<String>, output: impl Into<Value>) -> Self {
        let (tool_call_id, output) = (tool_call_id.into(), output.into());
        Self { tool_call_id, output, ..Self::default() }
    }
}

/// A chunk of a tool call. When the chunks of a call are merged, their arguments are joined.
///
/// The arguments are JSON, or free text if `extras` has the `type` `custom`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCallChunk {
    /// The name of the tool, or a part of it.
    #[serde(default)]
    pub name: Option<String>,
    /// A part of the arguments: a substring of the JSON text.
    #[serde(default, deserialize_with = "text_or_null")]
    pub args: String,
    /// The ID of the call. If the chunks of a call have different IDs, the call has the first of
    /// them.
    #[serde(default)]
    pub id: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

fn text_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl ToolCallChunk {
    /// Creates a chunk with a part of the arguments.
    pub fn new(args: impl Into<String>) -> Self {
        Self { args: args.into(), ..Self::default() }
    }

    /// Sets the ID of the call.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the name of the tool, or a part of it.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub(crate) fn has_content(&self) -> bool {
        self.named().is_some() || self.identified().is_some() || !self.args.is_empty()
    }

    /// Returns the name of the tool, unless it is missing or empty. Some services send an empty
    /// name with each chunk.
    pub(crate) fn named(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }

    /// Returns the ID of the call, unless it is missing or empty. Some services send an empty ID
    /// with each chunk.
    pub(crate) fn identified(&self) -> Option<&str> {
        self.id.as_deref().filter(|id| !id.is_empty())
    }

    /// Merges the next chunk of the same call into this chunk. The next chunk must not have a tool
    /// name.
    pub(crate) fn merge(&mut self, next: Self) {
        self.args.push_str(&next.args);
        self.name = self.name.take().or(next.name);
        self.id = self.id.take().filter(|id| !id.is_empty()).or(next.id);
        self.extras.extend(next.extras);
    }

    /// Returns `true` if the tool accepts free text. The arguments are then not parsed as JSON.
    pub(crate) fn is_custom(&self) -> bool {
        self.extras.get("type").is_some_and(|kind| kind == "custom")
    }

    /// Converts the merged chunks of a call into a tool call, if the answer was truncated inside
    /// this call.
    ///
    /// JSON arguments can still be complete, because the end of a JSON object can be recognized.
    /// Free text and empty arguments are treated as incomplete.
    #[allow(
        clippy::result_large_err,
        reason = "the error is the invalid tool call, which the message stores"
    )]
    pub(crate) fn finish_cut(self) -> Result<ToolCall, InvalidToolCall> {
        if !self.args.trim().is_empty() && !self.is_custom() {
            return self.finish();
        }
        let Self { name, args, id, extras } = self;
        let error = Some("the answer ended before the arguments were complete".to_owned());
        Err(InvalidToolCall { name, args: Some(args), id, error, extras })
    }

    /// Converts the merged chunks of a complete call into a tool call. Empty arguments become an
    /// empty object.
    #[allow(
        clippy::result_large_err,
        reason = "the error is the invalid tool call, which the message stores"
    )]
    pub(crate) fn finish(self) -> Result<ToolCall, InvalidToolCall> {
        let is_custom = self.is_custom();
        let Self { name, args, id, extras } = self;
        if let (true, Some(name)) = (is_custom, &name) {
            return Ok(ToolCall { name: name.clone(), args: args.into(), id, extras });
        }
        let parsed = match args.trim() {
            "" | "null" => Ok(Value::Object(Map::new())),
            text => serde_json::from_str(text).map_err(|error| error.to_string()),
        };
        match (parsed, name) {
            (Ok(args @ Value::Object(_)), Some(name)) => Ok(ToolCall { name, args, id, extras }),
            (parsed, name) => {
                let error = match parsed {
                    Err(error) => format!("the arguments are not valid JSON: {error}"),
                    Ok(Value::Object(_)) => "the tool call has no tool name".to_owned(),
                    Ok(_) => "the arguments are not a JSON object".to_owned(),
                };
                Err(InvalidToolCall { name, args: Some(args), id, error: Some(error), extras })
            }
        }
    }

    /// Converts the merged chunks of a complete call into a tool call that the provider itself
    /// runs.
    #[allow(
        clippy::result_large_err,
        reason = "the error is the invalid tool call, which the message stores"
    )]
    pub(crate) fn finish_on_server(self) -> Result<ServerToolCall, InvalidToolCall> {
        let ToolCall { name, args, id, extras } = self.finish()?;
        Ok(ServerToolCall { name, args, id, extras })
    }
}
