//! Calls of tools that a model asks for, or that its provider made itself.

use runnable_core::{Error, ErrorKind, Metadata};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::from_json::from_json;

/// A call of a tool that the model asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// The name of the tool.
    pub name: String,
    /// The arguments: a JSON object; for a tool that takes free text, that text.
    pub args: Value,
    /// The id of the call, which the tool's answer refers to.
    #[serde(default)]
    pub id: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ToolCall {
    /// A call of this tool with these arguments.
    pub fn new(id: impl Into<String>, name: impl Into<String>, args: impl Into<Value>) -> Self {
        let (id, name, args) = (Some(id.into()), name.into(), args.into());
        Self { name, args, id, extras: Metadata::new() }
    }

    /// The arguments as the type that is wanted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Parse`] with the name of the argument, when they are none of this type.
    pub fn parse_args<T: DeserializeOwned>(&self) -> runnable_core::Result<T> {
        from_json(&self.args).map_err(|wrong| {
            let what =
                format!("the arguments of the tool call `{}` do not fit: {wrong}", self.name);
            Error::new(ErrorKind::Parse, what)
        })
    }
}

/// A call that the model asks for, and whose arguments cannot be read: most often they were cut
/// short. It is kept as it came, and never repaired: nobody knows what the rest would have been.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InvalidToolCall {
    /// The name of the tool, as far as it came.
    #[serde(default)]
    pub name: Option<String>,
    /// The arguments, as far as they came.
    #[serde(default)]
    pub args: Option<String>,
    /// The id of the call.
    #[serde(default)]
    pub id: Option<String>,
    /// What is wrong with it.
    #[serde(default)]
    pub error: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl InvalidToolCall {
    /// A call of which nothing is known but what is wrong with it.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::default() }
    }
}

/// A call of a tool that the provider runs itself, such as a web search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerToolCall {
    /// The name of the tool.
    pub name: String,
    /// The arguments.
    #[serde(default)]
    pub args: Value,
    /// The id of the call, which its result refers to.
    #[serde(default)]
    pub id: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ServerToolCall {
    /// A call of this tool with these arguments.
    pub fn new(name: impl Into<String>, args: impl Into<Value>) -> Self {
        Self { name: name.into(), args: args.into(), id: None, extras: Metadata::new() }
    }
}

/// What a tool that the provider ran itself gave back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerToolResult {
    /// The id of the call.
    #[serde(default)]
    pub tool_call_id: String,
    /// Whether the tool succeeded, in one word: `success` or `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What it gave back, as it came.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
    /// The id of the block, if its provider gives it one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ServerToolResult {
    /// The result of the call with this id.
    pub fn new(tool_call_id: impl Into<String>, output: impl Into<Value>) -> Self {
        let (tool_call_id, output) = (tool_call_id.into(), output.into());
        Self { tool_call_id, output, ..Self::default() }
    }
}

/// A piece of a tool call: of a stream of them, the arguments are put together.
///
/// They are JSON, unless its extras say that its `type` is `custom`: then they are free text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCallChunk {
    /// The name of the tool, or a part of it.
    #[serde(default)]
    pub name: Option<String>,
    /// A piece of the arguments: part of the text of a JSON object.
    #[serde(default, deserialize_with = "text_or_null")]
    pub args: String,
    /// The id of the call. The first that comes stands.
    #[serde(default)]
    pub id: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

fn text_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl ToolCallChunk {
    /// A piece of the arguments.
    pub fn new(args: impl Into<String>) -> Self {
        Self { args: args.into(), ..Self::default() }
    }

    /// This piece, of the call with this id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// This piece, of a call of this tool.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub(crate) fn has_content(&self) -> bool {
        self.named().is_some() || self.identified().is_some() || !self.args.is_empty()
    }

    /// The name of the tool, if it says one. Some services send an empty name with each piece.
    pub(crate) fn named(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }

    /// The id of the call, if it says one. Some services send an empty id with each piece.
    pub(crate) fn identified(&self) -> Option<&str> {
        self.id.as_deref().filter(|id| !id.is_empty())
    }

    /// Absorbs the next piece of the same call, which does not name the tool.
    pub(crate) fn merge(&mut self, next: Self) {
        self.args.push_str(&next.args);
        self.name = self.name.take().or(next.name);
        self.id = self.id.take().filter(|id| !id.is_empty()).or(next.id);
        self.extras.extend(next.extras);
    }

    /// Whether the tool takes free text: its arguments are no JSON.
    pub(crate) fn is_custom(&self) -> bool {
        self.extras.get("type").is_some_and(|kind| kind == "custom")
    }

    /// What the pieces make up of a call in which the answer was cut. A JSON object has an end; of
    /// free text, and of no arguments at all, nobody knows whether they were all.
    #[allow(clippy::result_large_err, reason = "the error is the call, and is kept")]
    pub(crate) fn finish_cut(self) -> Result<ToolCall, InvalidToolCall> {
        if !self.args.trim().is_empty() && !self.is_custom() {
            return self.finish();
        }
        let Self { name, args, id, extras } = self;
        let error = Some("the answer was cut within the arguments".to_owned());
        Err(InvalidToolCall { name, args: Some(args), id, error, extras })
    }

    /// The call that the pieces make up. No arguments at all are an empty object.
    #[allow(clippy::result_large_err, reason = "the error is the call, and is kept")]
    pub(crate) fn finish(self) -> Result<ToolCall, InvalidToolCall> {
        let is_custom = self.is_custom();
        let Self { name, args, id, extras } = self;
        if let (true, Some(name)) = (is_custom, &name) {
            return Ok(ToolCall { name: name.clone(), args: args.into(), id, extras });
        }
        let read = match args.trim() {
            "" | "null" => Ok(Value::Object(Map::new())),
            text => serde_json::from_str(text).map_err(|error| error.to_string()),
        };
        match (read, name) {
            (Ok(args @ Value::Object(_)), Some(name)) => Ok(ToolCall { name, args, id, extras }),
            (read, name) => {
                let error = match read {
                    Err(error) => format!("the arguments are no JSON: {error}"),
                    Ok(Value::Object(_)) => "the tool is not named".to_owned(),
                    Ok(_) => "the arguments are no JSON object".to_owned(),
                };
                Err(InvalidToolCall { name, args: Some(args), id, error: Some(error), extras })
            }
        }
    }

    /// The same, of a tool that the provider runs itself.
    #[allow(clippy::result_large_err, reason = "the error is the call, and is kept")]
    pub(crate) fn finish_on_server(self) -> Result<ServerToolCall, InvalidToolCall> {
        let ToolCall { name, args, id, extras } = self.finish()?;
        Ok(ServerToolCall { name, args, id, extras })
    }
}
