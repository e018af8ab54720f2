//! How long a model thinks before it answers.

use serde::{Deserialize, Serialize};

/// How long a model thinks before it answers. Each provider has its own measure of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as it can.
    Minimal,
    /// A little.
    Low,
    /// As long as most questions need.
    Medium,
    /// Long.
    High,
    /// As long as it can.
    Max,
    /// For so many tokens at most.
    Budget(u64),
}
