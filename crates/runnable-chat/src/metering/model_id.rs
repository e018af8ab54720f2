//! [`ModelId`]: a provider and a model.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A model, identified by the names of its provider and of the model.
///
/// `Display` prints `openai:gpt-4o-mini`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ModelId {
    /// The provider, such as `openai`. `None` if it is unknown.
    pub provider: Option<String>,
    /// The model that answered. If no answer states its model, this is the model that was
    /// requested. `None` if both are unknown.
    pub model: Option<String>,
}

impl ModelId {
    /// Creates the id of a model.
    pub fn new(provider: impl Into<String>, model: impl Into<String>) -> Self {
        Self { provider: Some(provider.into()), model: Some(model.into()) }
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(provider) = &self.provider {
            write!(f, "{provider}:")?;
        }
        f.write_str(self.model.as_deref().unwrap_or("unknown model"))
    }
}
