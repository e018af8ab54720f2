//! Whether a model may, must or must not call a tool.

use serde::{Deserialize, Serialize};

/// Whether the model may, must or must not call a tool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// The model must not call a tool.
    None,
    /// The model must call at least one tool. It chooses the tool.
    Required,
    /// The model must call the tool with this name.
    Tool(String),
}
