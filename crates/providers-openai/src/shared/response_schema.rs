//! The schema that an answer is to keep to, as a request has it.

use std::borrow::Cow;

use runnable_chat::{ChatOptions, model::ResponseSchema};
use runnable_http::schema::{Fallback, schema_instructions};
use serde::Serialize;
use serde_json::Value;

use crate::dialect::Schemas;

/// The schema that an answer is to keep to, with its name.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerSchema<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    schema: Cow<'a, Value>,
    strict: bool,
}

/// How an answer is asked to keep to a schema.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Asked<'a> {
    /// By a field of the request.
    Schema(AnswerSchema<'a>),
    /// By the prompt, because the service takes no such schema.
    #[serde(skip)]
    Told {
        instructions: String,
        /// Whether the service can be asked for a JSON object at least.
        json: bool,
    },
}

impl<'a> Asked<'a> {
    /// Strict mode if the schema keeps to its rules; otherwise whatever the service can do.
    pub(crate) fn of(format: &'a ResponseSchema, schemas: &Schemas) -> Self {
        let ResponseSchema { name, description, schema, strict, .. } = format;
        let asked = |schema, strict| {
            let description = description.as_deref();
            Self::Schema(AnswerSchema { name, description, schema, strict })
        };
        let told = |json| Self::Told {
            instructions: schema_instructions(schema, description.as_deref()),
            json,
        };
        let takes_others = schemas.rules.fallback() == Fallback::Lenient;
        if !schemas.of_answers {
            return told(is_object(schema));
        }
        let fits = (*strict && schemas.enforces) || !takes_others || schemas.rules.takes_anything();
        let fitted = match fits {
            true => schemas.fit(schema),
            false => None,
        };
        match fitted {
            Some(fitted) => asked(fitted, *strict),
            None if takes_others && is_object(schema) => asked(Cow::Borrowed(schema), false),
            None => told(false),
        }
    }
}

impl Asked<'_> {
    /// The type of the format in a request; empty for none.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Schema(_) => "json_schema",
            Self::Told { json: true, .. } => "json_object",
            Self::Told { json: false, .. } => "",
        }
    }
}

/// Whether the root describes an object and nothing else: services take no other root.
fn is_object(schema: &Value) -> bool {
    let joined = ["anyOf", "oneOf", "allOf"].iter().any(|key| schema.get(*key).is_some());
    !joined && (schema["type"] == "object" || schema.get("properties").is_some())
}

/// The instructions that stand for a schema which the service does not take, unless the caller asks
/// for a form by hand, in the extra of this name.
pub(crate) fn instructions_of<'a>(
    asked: Option<&'a Asked<'_>>,
    options: &ChatOptions,
    extra: &str,
) -> Option<&'a str> {
    match asked {
        Some(Asked::Told { instructions, .. }) if !options.extras.contains_key(extra) => {
            Some(instructions)
        }
        _ => None,
    }
}
