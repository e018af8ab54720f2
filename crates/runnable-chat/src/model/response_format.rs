//! The form of an answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form that an answer is to have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Any text.
    Text,
    /// Any JSON object.
    Json,
    /// JSON that keeps to a schema.
    JsonSchema(ResponseSchema),
}

/// A JSON schema for an answer to keep to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseSchema {
    /// What the schema is called: letters, digits, `_` and `-`.
    pub name: String,
    /// What the answer is, for the model to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The [JSON schema](https://json-schema.org).
    pub schema: Value,
    /// Whether the provider is to make sure of it, where it can.
    #[serde(default)]
    pub strict: bool,
}

impl ResponseSchema {
    /// A schema of this name, that the provider makes sure of where it can.
    pub fn new(name: impl Into<String>, schema: impl Into<Value>) -> Self {
        Self { name: name.into(), description: None, schema: schema.into(), strict: true }
    }

    /// What the answer is, for the model to read.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets whether the provider makes sure that the answer keeps to the schema, where it can. The
    /// default is `true`.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}
