//! Tools, and the form of the answer.

use std::borrow::Cow;

use runnable_chat::{
    ChatOptions,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_core::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::request::refuse;

/// A tool of a request.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Tool<'a> {
    Function {
        name: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        description: &'a str,
        input_schema: Cow<'a, Value>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        strict: bool,
    },
    /// One that the provider runs, as it was written.
    Raw(&'a Value),
}

impl<'a> From<&'a ToolDefinition> for Tool<'a> {
    fn from(tool: &'a ToolDefinition) -> Self {
        let ToolDefinition { name, description, parameters, strict, .. } = tool;
        let input_schema = match parameters {
            Value::Object(schema) if !schema.is_empty() && *strict => {
                Cow::Owned(closed(parameters))
            }
            Value::Object(schema) if schema.contains_key("type") => Cow::Borrowed(parameters),
            Value::Object(schema) => {
                let mut schema = schema.clone();
                schema.insert("type".into(), "object".into());
                Cow::Owned(schema.into())
            }
            _ => Cow::Owned(json!({"type": "object", "properties": {}})),
        };
        Self::Function { name, description, input_schema, strict: *strict }
    }
}

/// The field `tool_choice` of a request.
#[derive(Debug, Serialize)]
pub(super) struct Choice<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_parallel_tool_use: bool,
}

impl<'a> Choice<'a> {
    /// `there_are_tools`: of ours, or of the provider's.
    pub(super) fn of(options: &'a ChatOptions, there_are_tools: bool) -> Result<Option<Self>> {
        let one_at_a_time = options.parallel_tool_calls == Some(false);
        let choice = match (&options.tool_choice, there_are_tools) {
            (None, true) if one_at_a_time => &ToolChoice::Auto,
            (None, _) | (Some(ToolChoice::Auto | ToolChoice::None), false) => return Ok(None),
            (Some(ToolChoice::Required | ToolChoice::Tool(_)), false) => {
                return refuse(
                    "tool_choice wants a tool to be called, and there are none: set \
                               `tools`, too"
                        .to_owned(),
                );
            }
            (Some(choice), _) => choice,
        };
        let (kind, name) = match choice {
            ToolChoice::None => ("none", None),
            ToolChoice::Required => ("any", None),
            ToolChoice::Tool(name) => ("tool", Some(name.as_str())),
            _ => ("auto", None),
        };
        let disable_parallel_tool_use = one_at_a_time && kind != "none";
        Ok(Some(Self { kind, name, disable_parallel_tool_use }))
    }

    /// Whether it leaves the model no choice.
    pub(super) fn forces(&self) -> bool {
        matches!(self.kind, "any" | "tool")
    }
}

/// A schema whose objects may have no properties but those that it names, where it does not say: the
/// API promises to keep to such schemas only.
pub(super) fn closed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(close),
        Value::Object(fields) => {
            let is_object = match fields.get("type") {
                Some(Value::String(kind)) => kind == "object",
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
                _ => false,
            };
            if is_object {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            for (key, inner) in fields {
                match (key.as_str(), inner) {
                    // Names of properties, which are no keywords.
                    ("properties" | "$defs" | "definitions" | "patternProperties", inner) => {
                        if let Value::Object(schemas) = inner {
                            schemas.values_mut().for_each(close);
                        }
                    }
                    // Values of the program's, which are no schemas.
                    ("const" | "enum" | "default" | "examples", _) => (),
                    (_, inner) => close(inner),
                }
            }
        }
        _ => (),
    }
}
