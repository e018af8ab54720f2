//! What a retriever finds.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A text that a retriever found. Its JSON form is that of LangChain's `Document`.
///
/// ```
/// use runnable_chat::Document;
///
/// let page = Document::new("Cats sleep a lot.").with_id("cats-1").with_metadata("page", 7);
/// assert_eq!(page.metadata["page"], 7);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Document {
    /// The text.
    pub page_content: String,
    /// What is known of it besides, such as where it is from.
    #[serde(default)]
    pub metadata: Metadata,
    /// Its id in the store that it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

runnable_core::impl_at_once!(Document);

impl Document {
    /// A document of this text.
    pub fn new(page_content: impl Into<String>) -> Self {
        Self { page_content: page_content.into(), ..Self::default() }
    }

    /// This document, and something that is known of it.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// This document, with its id in the store that it is from.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}
