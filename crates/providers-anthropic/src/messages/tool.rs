//! The tools of a request, and the tool choice.

use std::borrow::Cow;

use runnable_chat::{
    ChatOptions,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_http::schema::{SchemaBudget, SchemaRules};
use serde::Serialize;
use serde_json::{Value, json};

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
    /// A tool that Anthropic runs, as the caller wrote it.
    Raw(&'a Value),
}

/// The maximum number of strict tools in one request.
const STRICT: usize = 20;

impl<'a> Tool<'a> {
    /// Encodes the tools of a request.
    ///
    /// A strict tool is sent without `strict` in three cases: its schema cannot comply with the
    /// rules of the API, the request already contains the maximum number of strict tools, or the
    /// schema exceeds `left`, the unused part of the limits that all schemas of the request share.
    pub(super) fn all(tools: &'a [ToolDefinition], left: &mut SchemaBudget) -> Vec<Self> {
        let mut strict_left = STRICT;
        let tool = |tool: &'a ToolDefinition| {
            let ToolDefinition { name, description, parameters, strict, .. } = tool;
            let fitted = if *strict && strict_left > 0 {
                SchemaRules::ANTHROPIC.fit_within(parameters, left).ok()
            } else {
                None
            };
            let strict = fitted.is_some();
            strict_left -= usize::from(strict);
            let input_schema = fitted.unwrap_or_else(|| lenient(parameters));
            Self::Function { name, description, input_schema, strict }
        };
        tools.iter().map(tool).collect()
    }
}

/// Returns a schema unchanged if it has a type, and otherwise adds the type `object`.
fn lenient(parameters: &Value) -> Cow<'_, Value> {
    match parameters {
        Value::Object(schema) if schema.contains_key("type") => Cow::Borrowed(parameters),
        Value::Object(schema) => {
            let mut schema = schema.clone();
            schema.insert("type".into(), "object".into());
            Cow::Owned(schema.into())
        }
        _ => Cow::Owned(json!({"type": "object", "properties": {}})),
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
    /// Encodes the tool choice, if one has to be sent. `there_are_tools` is whether the request has
    /// any tools, including tools that Anthropic runs. Without tools, the API refuses a choice.
    pub(super) fn of(options: &'a ChatOptions, there_are_tools: bool) -> Option<Self> {
        let one_at_a_time = options.parallel_tool_calls == Some(false);
        let choice = match &options.tool_choice {
            _ if !there_are_tools => return None,
            Some(choice) => choice,
            None if one_at_a_time => &ToolChoice::Auto,
            None => return None,
        };
        let (kind, name) = match choice {
            ToolChoice::None => ("none", None),
            ToolChoice::Required => ("any", None),
            ToolChoice::Tool(name) => ("tool", Some(name.as_str())),
            _ => ("auto", None),
        };
        let disable_parallel_tool_use = one_at_a_time && kind != "none";
        Some(Self { kind, name, disable_parallel_tool_use })
    }

    /// Returns whether the model must call a tool.
    pub(super) fn forces(&self) -> bool {
        matches!(self.kind, "any" | "tool")
    }
}
