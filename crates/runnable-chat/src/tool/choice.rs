//! Whether a model may, or must, want a tool to be called.

use serde::{Deserialize, Serialize};

/// Whether a model may, or must, want a tool to be called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// As it thinks best.
    Auto,
    /// It must not.
    None,
    /// It must, and chooses which.
    Required,
    /// It must, and it is this one.
    Tool(String),
}
