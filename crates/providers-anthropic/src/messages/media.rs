//! The images and documents of a request.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use runnable_chat::{Media, message::MediaSource};
use serde_json::{Map, Value};

use super::content::{Block, Extras, Source};

/// Encodes an image. The error describes the problem.
pub(super) fn image(media: &Media) -> Result<Block<'_>, String> {
    let source = match source_of(media) {
        Source::Base64 { media_type: "", .. } => {
            return Err("an image in base64 without a media type; set its `mime_type`, \
                        for example to `image/png`"
                .to_owned());
        }
        source => source,
    };
    Ok(Block::Image { source, extras: Extras::Of(&media.extras) })
}

/// Encodes a document, which must be PDF or text. The error describes the problem.
pub(super) fn file(media: &Media) -> Result<Block<'_>, String> {
    let source = match source_of(media) {
        Source::Base64 { media_type, .. } if media_type.starts_with("image/") => {
            return image(media);
        }
        source @ Source::Base64 { media_type: "application/pdf", .. } => source,
        Source::Base64 { media_type, data } if media_type.starts_with("text/") => {
            let bytes = BASE64_STANDARD
                .decode(data)
                .map_err(|error| format!("a text file with invalid base64: {error}"))?;
            let text = String::from_utf8(bytes).map_err(|_| {
                "a text file that is not valid UTF-8; convert it to UTF-8 or PDF".to_owned()
            })?;
            Source::Text { media_type: PLAIN, data: text.into() }
        }
        Source::Base64 { media_type: "", .. } => {
            return Err("a file without a media type; set its `mime_type`, for example to \
                        `application/pdf`"
                .to_owned());
        }
        Source::Base64 { media_type, .. } => {
            return Err(format!(
                "a file of type `{media_type}`, which the Anthropic API does not support: expected \
                 `application/pdf` or `text/plain`"
            ));
        }
        source => source,
    };
    Ok(Block::Document { source, title: title(&media.extras), extras: Extras::Of(&media.extras) })
}

/// Encodes a text document, which LangChain represents as a block of type `text-plain`.
pub(super) fn plain_text(fields: &Map<String, Value>) -> Option<Block<'_>> {
    let text = fields.get("text")?.as_str()?;
    let source = Source::Text { media_type: PLAIN, data: text.into() };
    let none = Extras::None;
    let extras = fields.get("extras").and_then(Value::as_object).map_or(none, Extras::Of);
    Some(Block::Document { source, title: title(fields), extras })
}

const PLAIN: &str = "text/plain";

fn title(fields: &Map<String, Value>) -> Option<&str> {
    fields.get("title").or(fields.get("filename"))?.as_str()
}

/// Returns the source of the media. If the media type is missing, the source has an empty one.
fn source_of(media: &Media) -> Source<'_> {
    let media_type = media.mime_type.as_deref().unwrap_or_default();
    match &media.source {
        MediaSource::Url(url) => match url.strip_prefix("data:").and_then(inline) {
            Some((media_type, data)) => Source::Base64 { media_type, data },
            None => Source::Url { url },
        },
        MediaSource::Base64(data) => Source::Base64 { media_type, data },
        MediaSource::FileId(file_id) => Source::File { file_id },
        _ => Source::Url { url: "" },
    }
}

/// Returns the media type and the data of a base64 [data
/// URL](https://www.rfc-editor.org/rfc/rfc2397). `rest` is the URL without `data:`.
fn inline(rest: &str) -> Option<(&str, &str)> {
    let (kind, data) = rest.split_once(";base64,")?;
    Some((kind.split(';').next().unwrap_or(kind), data))
}
