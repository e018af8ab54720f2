//! Spoken content, which comes in pieces.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use runnable_chat::{ContentBlock, Media};

use super::event::Audio;

/// The pieces of spoken content so far.
#[derive(Debug, Default)]
pub(super) struct Sound {
    id: Option<String>,
    data: Vec<u8>,
    transcript: String,
    expires_at: Option<u64>,
}

impl Sound {
    /// Adds a piece. What is no base64 is no sound.
    pub(super) fn push(&mut self, piece: Audio<'_>) {
        self.id = piece.id.take().or(self.id.take());
        if let Some(data) = piece.data.get() {
            // Each piece is base64 of its own, with its own padding.
            self.data.extend(BASE64_STANDARD.decode(data).unwrap_or_default());
        }
        self.transcript.push_str(piece.transcript.get().unwrap_or_default());
        self.expires_at = piece.expires_at.0.or(self.expires_at);
    }

    /// The sound, in the format that was asked for.
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
