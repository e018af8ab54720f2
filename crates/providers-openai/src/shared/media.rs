//! Converts images, audio and files to data URLs and to the formats of OpenAI.

use std::borrow::Cow;

use runnable_chat::{Media, message::MediaSource};

/// Creates the image with this URL. A `data:` URL is converted to the data that it contains.
pub(crate) fn image(url: &str) -> Media {
    match url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
        Some((mime_type, data)) => Media::from_base64(mime_type, data),
        None => Media::from_url(url),
    }
}

/// Returns the URL of the media, or a `data:` URL that contains its data. Returns `None` if the
/// media is only the ID of a file that the provider stores.
pub(crate) fn address<'a>(media: &'a Media, kind: &str) -> Option<Cow<'a, str>> {
    match &media.source {
        MediaSource::Url(url) => Some(Cow::Borrowed(url)),
        MediaSource::Base64(data) => {
            let mime_type = media.mime_type.as_deref().unwrap_or(kind);
            Some(Cow::Owned(format!("data:{mime_type};base64,{data}")))
        }
        _ => None,
    }
}

/// Returns OpenAI's name for the format of an audio file.
pub(crate) fn audio_format(media: &Media) -> &str {
    match media.mime_type.as_deref().unwrap_or("audio/wav") {
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        other => other.strip_prefix("audio/").unwrap_or(other),
    }
}

/// Returns the name of the file, or a default, because OpenAI rejects files without a name.
pub(crate) fn filename(media: &Media) -> &str {
    let name = media.extras.get("filename").and_then(|name| name.as_str());
    name.unwrap_or(match media.mime_type.as_deref() {
        Some("application/pdf") => "file.pdf",
        Some("text/plain") => "file.txt",
        _ => "file",
    })
}
