//! The documents that retrievers return.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A text that a retriever found, with metadata. It serializes to LangChain's `Document`.
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
    /// Additional data about the document, such as its source.
    #[serde(default)]
    pub metadata: Metadata,
    /// The ID of the document in its store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

runnable_core::impl_at_once!(Document);

impl Document {
    /// Creates a document with this text.
    pub fn new(page_content: impl Into<String>) -> Self {
        Self { page_content: page_content.into(), ..Self::default() }
    }

    /// Adds an entry to the metadata of the document.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Sets the ID of the document in its store.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}
