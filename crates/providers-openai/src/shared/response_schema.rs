//! The schema of structured output in a request.

use std::borrow::Cow;

use runnable_chat::{ChatOptions, model::ResponseSchema};
use runnable_http::schema::{Fallback, schema_instructions};
use serde::Serialize;
use serde_json::Value;

use crate::dialect::Schemas;

/// The schema of an answer, with its name.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerSchema<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    schema: Cow<'a, Value>,
    strict: bool,
}

/// How a request asks for an answer that follows a schema.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum SchemaRequest<'a> {
    /// The request contains the schema in a field.
    Schema(AnswerSchema<'a>),
    /// The prompt contains instructions, because the service does not accept the schema.
    #[serde(skip)]
    Prompt {
        instructions: String,
        /// Whether the request can at least ask for a JSON object.
        json: bool,
    },
}

impl<'a> SchemaRequest<'a> {
    /// Decides how to request an answer with this schema: in strict mode if the schema complies
    /// with the rules of strict mode, otherwise in the most reliable way that the service supports.
    pub(crate) fn of(format: &'a ResponseSchema, schemas: &Schemas) -> Self {
        let ResponseSchema { name, description, schema, strict, .. } = format;
        let as_field = |schema, strict| {
            let description = description.as_deref();
            Self::Schema(AnswerSchema { name, description, schema, strict })
        };
        let in_prompt = |json| Self::Prompt {
            instructions: schema_instructions(schema, description.as_deref()),
            json,
        };
        let takes_others = schemas.rules.fallback() == Fallback::Lenient;
        if !schemas.has_response_schema {
            return in_prompt(is_object(schema));
        }
        let fits = (*strict && schemas.enforces) || !takes_others || schemas.rules.takes_anything();
        let fitted = if fits { schemas.fit(schema) } else { None };
        match fitted {
            Some(fitted) => as_field(fitted, *strict),
            None if takes_others && is_object(schema) => as_field(Cow::Borrowed(schema), false),
            None => in_prompt(false),
        }
    }
}

impl SchemaRequest<'_> {
    /// Returns the `type` of the response format, or an empty string if the request has no response
    /// format.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Schema(_) => "json_schema",
            Self::Prompt { json: true, .. } => "json_object",
            Self::Prompt { json: false, .. } => "",
        }
    }
}

/// Returns whether the schema describes only objects at its root. Services accept no other schemas.
fn is_object(schema: &Value) -> bool {
    let joined = ["anyOf", "oneOf", "allOf"].iter().any(|key| schema.get(*key).is_some());
    !joined && (schema["type"] == "object" || schema.get("properties").is_some())
}

/// Returns the instructions that the prompt must contain in place of a schema, if there are any.
/// There are none if the caller sets the response format with the extra of this name.
pub(crate) fn instructions_of<'a>(
    request: Option<&'a SchemaRequest<'_>>,
    options: &ChatOptions,
    extra: &str,
) -> Option<&'a str> {
    match request {
        Some(SchemaRequest::Prompt { instructions, .. }) if !options.extras.contains_key(extra) => {
            Some(instructions)
        }
        _ => None,
    }
}
