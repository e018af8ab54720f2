//! Why a model will not answer.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// Why a model will not answer, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefusalBlock {
    /// Its words.
    pub refusal: String,
    /// The id of the block, if its provider gives it one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl RefusalBlock {
    /// A refusal in these words.
    pub fn new(refusal: impl Into<String>) -> Self {
        Self { refusal: refusal.into(), ..Self::default() }
    }

    pub(crate) fn merge(&mut self, next: Self) {
        self.refusal.push_str(&next.refusal);
        self.id = next.id.or(self.id.take());
        self.extras.extend(next.extras);
    }
}
