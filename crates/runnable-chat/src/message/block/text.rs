//! Text blocks, and the citations in them.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A content block with text and its annotations, such as citations.
#[doc(alias = "TextContentBlock")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextBlock {
    /// The text.
    pub text: String,
    /// The annotations of parts of the text, such as citations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Annotation>,
    /// The provider's ID of the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl TextBlock {
    /// Creates a block with this text. All other fields are empty.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Returns `true` if all fields except the text are empty.
    pub(crate) fn is_plain(&self) -> bool {
        self.annotations.is_empty() && self.id.is_none() && self.extras.is_empty()
    }

    pub(crate) fn has_content(&self) -> bool {
        !self.text.is_empty() || !self.annotations.is_empty()
    }

    pub(crate) fn merge(&mut self, next: Self) {
        self.text.push_str(&next.text);
        self.annotations.extend(next.annotations);
        self.id = next.id.or(self.id.take());
        self.extras.extend(next.extras);
    }
}

/// An annotation of a part of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, from = "Map<String, Value>")]
#[non_exhaustive]
pub enum Annotation {
    /// The source of this part of the text.
    Citation(Citation),
    /// An annotation of any other type. It is a JSON object with a `type`, which is not changed.
    Other(Map<String, Value>),
}

impl From<Map<String, Value>> for Annotation {
    fn from(fields: Map<String, Value>) -> Self {
        if fields.get("type").is_some_and(|kind| kind == "citation")
            && let Ok(citation) = serde_json::from_value(Value::Object(fields.clone()))
        {
            return Self::Citation(citation);
        }
        Self::Other(fields)
    }
}

/// A reference to the source of a part of a text. It serializes to LangChain's `citation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "citation")]
#[non_exhaustive]
pub struct Citation {
    /// The URL of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The title of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The index of the first character of the cited part in the answer's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_index: Option<u64>,
    /// The index after the last character of the cited part in the answer's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_index: Option<u64>,
    /// The text that is quoted from the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cited_text: Option<String>,
    /// The provider's ID of the citation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Additional fields from the provider.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl Citation {
    /// Creates a citation in which all fields are empty.
    pub fn new() -> Self {
        Self::default()
    }
}
