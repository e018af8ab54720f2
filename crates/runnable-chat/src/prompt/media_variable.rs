//! Variables for images and files.

use serde_json::Value;

use crate::{ContentBlock, Media, from_json::from_json};

/// A variable whose value is one or more images, files, recordings or videos.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MediaVariable {
    pub(super) name: String,
    pub(super) kind: MediaKind,
    /// The number of content blocks of the message that come before.
    pub(super) place: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaKind {
    Image,
    Audio,
    Video,
    File,
}

impl MediaVariable {
    /// Converts the value of the variable to content blocks. The error is the reason for the user.
    pub(super) fn blocks(&self, value: &Value) -> Result<Vec<ContentBlock>, String> {
        match value {
            Value::Array(values) => values.iter().map(|value| self.block(value)).collect(),
            value => Ok(vec![self.block(value)?]),
        }
    }

    fn block(&self, value: &Value) -> Result<ContentBlock, String> {
        let media = match value {
            Value::String(url) => from_url(url),
            Value::Object(fields) if fields.contains_key("type") => {
                let block: ContentBlock = from_json(value)?;
                return match block {
                    ContentBlock::Image(_)
                    | ContentBlock::Audio(_)
                    | ContentBlock::Video(_)
                    | ContentBlock::File(_) => Ok(block),
                    _ => Err("expected media, found another content block".to_owned()),
                };
            }
            Value::Object(_) => from_json(value)?,
            _ => return Err("expected a URL, a `Media`, or a list of them".to_owned()),
        };
        Ok(match self.kind {
            MediaKind::Image => ContentBlock::Image(media),
            MediaKind::Audio => ContentBlock::Audio(media),
            MediaKind::Video => ContentBlock::Video(media),
            MediaKind::File => ContentBlock::File(media),
        })
    }
}

/// Creates media from a URL. The data of a `data:` URL becomes inline data, because not all
/// services accept such URLs.
fn from_url(url: &str) -> Media {
    let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    match inline {
        Some((mime_type, data)) => Media::from_base64(mime_type, data),
        None => Media::from_url(url),
    }
}
