//! Text that was said, with where it was taken from.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Text, with where it was taken from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextBlock {
    /// The text.
    pub text: String,
    /// Where parts of the text were taken from, and what else is said about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Annotation>,
    /// The id of the block, if its provider gives it one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl TextBlock {
    /// Text, of which nothing else is known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Whether it is nothing but its text.
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

/// Something that is said about a part of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, from = "Map<String, Value>")]
#[non_exhaustive]
pub enum Annotation {
    /// Where it was taken from.
    Citation(Citation),
    /// Anything else, as it came: a JSON object with a `type`.
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

/// Where a part of a text was taken from. Its JSON form is LangChain's `citation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "citation")]
#[non_exhaustive]
pub struct Citation {
    /// The address of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The title of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where in the answer's text it begins, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_index: Option<u64>,
    /// Where in the answer's text it ends, in characters, itself not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_index: Option<u64>,
    /// The words of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cited_text: Option<String>,
    /// The id of the citation, if its provider gives it one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What its provider says of it besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl Citation {
    /// A source of which nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }
}
