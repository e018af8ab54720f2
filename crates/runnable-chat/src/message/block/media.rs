//! Pictures, sounds and files.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// A picture, a sound, a film or a file: where it is, and of which kind.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// let photo = Media::from_url("https://example.com/taj.jpg");
/// let question = HumanMessage::new("What is this?").with_block(ContentBlock::Image(photo));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// Where it is.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Its media type, such as `image/png`
    /// ([RFC 6838](https://www.rfc-editor.org/rfc/rfc6838)). Must be known of inline data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The id of the block, if its provider gives it one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is said of it besides, such as a `filename`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

/// Where a [`Media`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaSource {
    /// At this address.
    Url(String),
    /// Here, in base64 ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648#section-4)).
    Base64(String),
    /// At the provider, under this id.
    FileId(String),
}

impl Media {
    /// What is at this address.
    pub fn from_url(url: impl Into<String>) -> Self {
        Self::at(MediaSource::Url(url.into()))
    }

    /// These data, of this media type.
    pub fn from_bytes(mime_type: impl Into<String>, data: impl AsRef<[u8]>) -> Self {
        Self::from_base64(mime_type, BASE64_STANDARD.encode(data))
    }

    /// These data in base64, of this media type.
    pub fn from_base64(mime_type: impl Into<String>, data: impl Into<String>) -> Self {
        Self::at(MediaSource::Base64(data.into())).with_mime_type(mime_type)
    }

    /// What the provider has stored under this id.
    pub fn from_file_id(id: impl Into<String>) -> Self {
        Self::at(MediaSource::FileId(id.into()))
    }

    fn at(source: MediaSource) -> Self {
        Self { source, mime_type: None, id: None, extras: Metadata::new() }
    }

    /// Its media type, such as `image/png`.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// What the file is called.
    #[must_use]
    pub fn with_filename(mut self, name: impl Into<String>) -> Self {
        self.extras.insert("filename".into(), name.into().into());
        self
    }
}
