//! [`Media`]: an image, audio, video or file in a message.

use serde_json::Value;

/// An image, audio, video or file in a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Media<'a> {
    /// `image`, `audio`, `video` or `document`.
    pub(super) modality: &'a str,
    pub(super) mime_type: Option<&'a str>,
    pub(super) data: MediaData<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum MediaData<'a> {
    Url(&'a str),
    Base64(&'a str),
    FileId(&'a str),
}

impl<'a> MediaData<'a> {
    pub(super) fn text(self) -> &'a str {
        match self {
            Self::Url(text) | Self::Base64(text) | Self::FileId(text) => text,
        }
    }
}

impl<'a> Media<'a> {
    /// Returns the media of a content block. Returns `None` if the block is of another type.
    pub(super) fn of_block(block: &'a Value) -> Option<Self> {
        let modality = match block["type"].as_str()? {
            "file" => "document",
            modality @ ("image" | "audio" | "video") => modality,
            _ => return None,
        };
        let text = |field: &str| block[field].as_str();
        let data = text("url").map(MediaData::Url);
        let data = data.or_else(|| text("base64").map(MediaData::Base64));
        let data = data.or_else(|| text("file_id").map(MediaData::FileId))?;
        Some(Self { modality, mime_type: text("mime_type"), data })
    }

    /// Returns a URL that contains or names the media.
    pub(super) fn to_url(self) -> String {
        match self.data {
            MediaData::Url(text) | MediaData::FileId(text) => text.to_owned(),
            MediaData::Base64(data) => {
                let mime_type = self.mime_type.unwrap_or("application/octet-stream");
                format!("data:{mime_type};base64,{data}")
            }
        }
    }
}
