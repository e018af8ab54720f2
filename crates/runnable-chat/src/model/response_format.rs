//! The format of an answer: text, JSON, or JSON with a schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::{closed, description_of, name_of, schema_of};

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

impl ResponseFormat {
    /// Returns the format of answers that are JSON of the type `T`.
    ///
    /// In the schema, all fields are required and additional fields are not allowed, because
    /// providers demand this. The model reads the doc comments of the type and its fields.
    ///
    /// ```
    /// use runnable_chat::model::ResponseFormat;
    /// use schemars::JsonSchema;
    ///
    /// /// A city of our time.
    /// #[derive(JsonSchema)]
    /// struct City {
    ///     name: String,
    /// }
    ///
    /// let ResponseFormat::JsonSchema(format) = ResponseFormat::of::<City>() else { panic!() };
    /// assert_eq!(format.name, "City");
    /// assert_eq!(format.description.as_deref(), Some("A city of our time."));
    /// ```
    pub fn of<T: JsonSchema>() -> Self {
        let schema = closed(schema_of::<T>());
        let description = description_of(&schema);
        let format = ResponseSchema::new(name_of::<T>(), schema);
        Self::JsonSchema(ResponseSchema { description, ..format })
    }
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
