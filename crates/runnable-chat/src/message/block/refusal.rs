//! Content blocks with a model's refusal to answer.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// A content block with the text in which a model refuses to answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefusalBlock {
    /// The text of the refusal.
    pub refusal: String,
    /// The provider's ID of the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl RefusalBlock {
    /// Creates a refusal with this text.
    pub fn new(refusal: impl Into<String>) -> Self {
        Self { refusal: refusal.into(), ..Self::default() }
    }

    pub(crate) fn merge(&mut self, next: Self) {
        self.refusal.push_str(&next.refusal);
        self.id = next.id.or(self.id.take());
        self.extras.extend(next.extras);
    }
}
