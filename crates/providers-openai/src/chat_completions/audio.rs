//! Generated audio, which arrives in parts.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use runnable_chat::{ContentBlock, Media};

use super::event::Audio;

/// The parts of generated audio that have been received so far.
#[derive(Debug, Default)]
pub(super) struct AudioParts {
    id: Option<String>,
    data: Vec<u8>,
    transcript: String,
    expires_at: Option<u64>,
}

impl AudioParts {
    /// Adds a part. Data that is not valid base64 is ignored.
    pub(super) fn push(&mut self, part: Audio<'_>) {
        self.id = part.id.take().or(self.id.take());
        if let Some(data) = part.data.get() {
            // Each part is a separate base64 text with its own padding.
            self.data.extend(BASE64_STANDARD.decode(data).unwrap_or_default());
        }
        self.transcript.push_str(part.transcript.get().unwrap_or_default());
        self.expires_at = part.expires_at.0.or(self.expires_at);
    }

    /// Returns the complete audio. `format` is the format that the request asked for.
    pub(super) fn finish(self, format: &str) -> ContentBlock {
        let mut media = Media::from_bytes(format!("audio/{format}"), self.data);
        media.id = self.id;
        if !self.transcript.is_empty() {
            media.extras.insert("transcript".into(), self.transcript.into());
        }
        if let Some(time) = self.expires_at {
            media.extras.insert("expires_at".into(), time.into());
        }
        ContentBlock::Audio(media)
    }
}
