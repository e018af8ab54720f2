//! The part of a long text that is searched for secrets at once.

use super::{MASK, needles::Needles};

/// The part of a long text that is searched for secrets at once, so that a search needs little memory.
#[derive(Default)]
pub(super) struct Window {
    /// Bytes that are to be searched.
    pending: Vec<u8>,
}

impl Window {
    /// How many bytes are searched at once, besides those that the search before has kept.
    pub(super) const SIZE: usize = 64 << 10;

    /// Takes the next bytes, and writes those that are known to hold no secret.
    pub(super) fn push(&mut self, needles: &Needles, bytes: &[u8], masked: &mut Vec<u8>) {
        if needles.is_empty() {
            masked.extend_from_slice(bytes);
            return;
        }
        let kept = needles.longest();
        for piece in bytes.chunks(Self::SIZE) {
            self.pending.extend_from_slice(piece);
            if self.pending.len() >= Self::SIZE + kept {
                self.write(needles, self.pending.len() - kept, false, masked);
            }
        }
    }

    /// Writes the rest.
    pub(super) fn finish(&mut self, needles: &Needles, masked: &mut Vec<u8>) {
        self.write(needles, self.pending.len(), true, masked);
    }

    /// Writes so many bytes, and to its end a secret that begins in them.
    fn write(&mut self, needles: &Needles, mut cut: usize, has_ended: bool, masked: &mut Vec<u8>) {
        let mut found = needles.find(&self.pending, has_ended);
        found.retain(|(start, _)| *start < cut);
        cut = found.last().map_or(cut, |(_, end)| cut.max(*end));
        replace(&self.pending[..cut], &found, masked);
        self.pending.drain(..cut);
    }
}

/// Writes a text with these parts replaced.
pub(super) fn replace(text: &[u8], parts: &[(usize, usize)], masked: &mut Vec<u8>) {
    let mut from = 0;
    for (start, end) in parts {
        masked.extend_from_slice(&text[from..*start]);
        masked.extend_from_slice(MASK.as_bytes());
        from = *end;
    }
    masked.extend_from_slice(&text[from..]);
}
