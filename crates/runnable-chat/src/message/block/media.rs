//! Images, audio, video and files in messages.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An image, an audio recording, a video or a file: the location of its data, and its media type.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// let photo = Media::from_url("https://example.com/taj.jpg");
/// let question = HumanMessage::new("What is this?").with_block(ContentBlock::Image(photo));
/// assert_eq!(question.content.len(), 2);
/// ```
#[doc(alias("ImageContentBlock", "AudioContentBlock", "VideoContentBlock", "FileContentBlock"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// The location of the data.
    #[serde(flatten)]
    pub source: MediaSource,
    /// The media type, such as `image/png`
    /// ([RFC 6838](https://www.rfc-editor.org/rfc/rfc6838)). It is required for inline data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The provider's ID of the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Additional fields, such as `filename`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

/// The location of the data of a [`Media`] block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaSource {
    /// A URL.
    Url(String),
    /// Inline data, encoded as base64
    /// ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648#section-4)).
    Base64(String),
    /// The ID of a file that the provider stores.
    FileId(String),
}

impl Media {
    /// Creates media from a URL.
    pub fn from_url(url: impl Into<String>) -> Self {
        Self::at(MediaSource::Url(url.into()))
    }

    /// Creates media from inline data with this media type.
    ///
    /// ```
    /// use runnable_chat::{Media, message::MediaSource};
    ///
    /// let image = Media::from_bytes("image/png", b"\x89PNG");
    /// assert_eq!(image.source, MediaSource::Base64("iVBORw==".into()));
    /// ```
    pub fn from_bytes(mime_type: impl Into<String>, data: impl AsRef<[u8]>) -> Self {
        Self::from_base64(mime_type, BASE64_STANDARD.encode(data))
    }

    /// Creates media from inline data that is encoded as base64, with this media type.
    pub fn from_base64(mime_type: impl Into<String>, data: impl Into<String>) -> Self {
        Self::at(MediaSource::Base64(data.into())).with_mime_type(mime_type)
    }

    /// Creates media from the ID of a file that the provider stores.
    pub fn from_file_id(id: impl Into<String>) -> Self {
        Self::at(MediaSource::FileId(id.into()))
    }

    fn at(source: MediaSource) -> Self {
        Self { source, mime_type: None, id: None, extras: Metadata::new() }
    }

    /// Sets the media type, such as `image/png`.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Sets the file name, which is stored in `extras`.
    #[must_use]
    pub fn with_filename(mut self, name: impl Into<String>) -> Self {
        self.extras.insert("filename".into(), name.into().into());
        self
    }
}

/// Converts media to JSON, so that they can be the value of a media variable in a prompt.
impl From<Media> for Value {
    fn from(media: Media) -> Self {
        // Serializing media cannot fail.
        serde_json::to_value(media).unwrap_or_default()
    }
}
