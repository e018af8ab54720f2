//! What is described by a schema: tools, and answers.

use std::borrow::Cow;

use runnable_chat::{model::JsonSchema, tool::ToolDefinition};
use runnable_core::{Error, Result};
use serde::Serialize;
use serde_json::Value;

use crate::{service::Quirks, structured};

/// A tool, as both APIs describe it.
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
    pub(crate) fn of(tool: &'a ToolDefinition, quirks: &Quirks) -> Result<Self> {
        let parameters = schema(&tool.name, &tool.parameters, tool.strict, quirks)?;
        let (name, description) = (&tool.name, &tool.description);
        Ok(Self { name, description, parameters, strict: tool.strict.then_some(true) })
    }
}

/// The schema that an answer is to keep to, with its name.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerSchema<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    schema: Cow<'a, Value>,
    strict: bool,
}

impl<'a> AnswerSchema<'a> {
    pub(crate) fn of(format: &'a JsonSchema, quirks: &Quirks) -> Result<Self> {
        let JsonSchema { name, description, strict, .. } = format;
        let schema = schema(name, &format.schema, *strict, quirks)?;
        Ok(Self { name, description: description.as_deref(), schema, strict: *strict })
    }
}

/// A schema as it is, or as strict mode asks for it.
fn schema<'a>(
    name: &str,
    schema: &'a Value,
    strict: bool,
    quirks: &Quirks,
) -> Result<Cow<'a, Value>> {
    match strict && quirks.closed_schemas {
        true => structured::strict(schema).map(Cow::Owned).map_err(|error| of(name, error)),
        false => Ok(Cow::Borrowed(schema)),
    }
}

fn of(name: &str, error: Error) -> Error {
    Error::new(error.kind(), format!("`{name}`: {error}"))
}
