//! The format of an answer: text, JSON, or JSON with a schema.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The format that the model must use for its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Any text.
    Text,
    /// Any JSON object.
    Json,
    /// JSON that matches a schema.
    JsonSchema(ResponseSchema),
}

/// The JSON schema that an answer must match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseSchema {
    /// The name of the schema, made of letters, digits, `_` and `-`.
    pub name: String,
    /// A description of the answer, which the model reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The [JSON schema](https://json-schema.org).
    pub schema: Value,
    /// Whether the provider must enforce the schema, if it can.
    #[serde(default)]
    pub strict: bool,
}

impl ResponseSchema {
    /// Creates a schema that the provider must enforce, if it can.
    pub fn new(name: impl Into<String>, schema: impl Into<Value>) -> Self {
        Self { name: name.into(), description: None, schema: schema.into(), strict: true }
    }

    /// Sets the description of the answer, which the model reads.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets whether the provider must enforce the schema, if it can. The default is `true`.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}
