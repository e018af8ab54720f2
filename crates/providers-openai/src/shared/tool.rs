//! The description of a tool in a request.

use std::borrow::Cow;

use runnable_chat::tool::ToolDefinition;
use serde::Serialize;
use serde_json::Value;

use crate::dialect::Schemas;

/// A tool in the form that both APIs use.
#[derive(Debug, Serialize)]
pub(crate) struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters: Cow<'a, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) strict: Option<bool>,
}

impl<'a> Function<'a> {
    /// Creates the description of a tool. If a tool is strict, but its schema cannot comply with
    /// the rules of the service, the tool is sent without strict mode.
    pub(crate) fn of(tool: &'a ToolDefinition, schemas: &Schemas) -> Self {
        let (name, description) = (&tool.name, &tool.description);
        let fitted =
            if tool.strict && schemas.enforces { schemas.fit(&tool.parameters) } else { None };
        let strict = fitted.is_some().then_some(true);
        let parameters = fitted.unwrap_or(Cow::Borrowed(&tool.parameters));
        Self { name, description, parameters, strict }
    }
}
