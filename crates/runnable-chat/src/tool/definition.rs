//! What a model is told of a tool.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::closed;

/// What a model is told of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolDefinition {
    /// The name of the tool: letters, digits, `_` and `-`.
    pub name: String,
    /// What the tool does, and when to use it.
    #[serde(default)]
    pub description: String,
    /// The [JSON schema](https://json-schema.org) of its arguments, which are an object.
    pub parameters: Value,
    /// Whether the provider is to make sure that the arguments keep to the schema, where it can.
    #[serde(default)]
    pub strict: bool,
}

impl ToolDefinition {
    /// A tool of this name, that does what is described, with arguments of this JSON schema.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        parameters: impl Into<Value>,
    ) -> Self {
        let (name, description) = (name.into(), description.into());
        Self { name, description, parameters: parameters.into(), strict: false }
    }

    /// Sets whether it is [strict](Self::strict). The schema of a strict tool is rewritten to the form that
    /// providers require for it.
    pub(super) fn set_strict(&mut self, strict: bool) {
        self.strict = strict;
        if strict && let Ok(schema) = self.parameters.clone().try_into() {
            self.parameters = closed(schema).into();
        }
    }

    /// Sets whether the provider makes sure that the arguments keep to the schema, where it can. The
    /// default is `false`.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}
