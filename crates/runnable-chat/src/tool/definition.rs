//! The definition of a tool, which is sent to the model.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::closed;

/// The definition of a tool, which is sent to the model: the tool's name, description and
/// parameters.
#[doc(alias = "convert_to_openai_tool")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolDefinition {
    /// The name of the tool, made of letters, digits, `_` and `-`.
    pub name: String,
    /// A description of what the tool does and when to use it. The model reads this text.
    #[serde(default)]
    pub description: String,
    /// The [JSON schema](https://json-schema.org) of the arguments. It must be the schema of an
    /// object.
    #[doc(alias = "args_schema")]
    pub parameters: Value,
    /// Whether the provider must enforce the schema of the arguments, if it can.
    #[serde(default)]
    pub strict: bool,
}

impl ToolDefinition {
    /// Creates a definition. `parameters` is the JSON schema of the arguments.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        parameters: impl Into<Value>,
    ) -> Self {
        let (name, description) = (name.into(), description.into());
        Self { name, description, parameters: parameters.into(), strict: false }
    }

    /// Sets whether the tool is [strict](Self::strict). The schema of a strict tool is rewritten to
    /// the form that providers require.
    pub(super) fn set_strict(&mut self, strict: bool) {
        self.strict = strict;
        if strict && let Ok(schema) = self.parameters.clone().try_into() {
            self.parameters = closed(schema).into();
        }
    }

    /// Sets whether the provider must enforce the schema of the arguments, if it can.
    ///
    /// The default is `false`. The schema is not changed.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}
