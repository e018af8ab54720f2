//! The amount of reasoning before an answer.

use serde::{Deserialize, Serialize};

/// The amount of reasoning before an answer. Each provider defines the levels in its own way.
#[doc(alias = "thinking")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// No reasoning.
    None,
    /// The minimum that the model supports.
    Minimal,
    /// A low level.
    Low,
    /// A medium level, sufficient for most questions.
    Medium,
    /// A high level.
    High,
    /// The maximum that the model supports.
    Max,
    /// At most this many reasoning tokens.
    #[doc(alias = "budget_tokens")]
    Budget(u64),
}
