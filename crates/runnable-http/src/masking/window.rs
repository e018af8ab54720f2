//! [`Window`]: the part of a long text that is searched for secrets at one time.

use super::{MASK, needles::Needles};

/// Searches a long text for secrets, one part at a time, so that the search needs little memory.
#[derive(Default)]
pub(super) struct Window {
    /// The bytes that have not been searched completely.
    pending: Vec<u8>,
}

impl Window {
    /// The number of bytes that are searched at one time, in addition to the bytes that are left
    /// from the last search.
    pub(super) const SIZE: usize = 64 << 10;

    /// Adds the next bytes, and writes the bytes that can no longer be part of a secret.
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

    /// Searches and writes the remaining bytes.
    pub(super) fn finish(&mut self, needles: &Needles, masked: &mut Vec<u8>) {
        self.write(needles, self.pending.len(), true, masked);
    }

    /// Writes the first `cut` bytes. If a secret starts in them and ends later, writes up to the
    /// end of the secret.
    fn write(&mut self, needles: &Needles, mut cut: usize, has_ended: bool, masked: &mut Vec<u8>) {
        let mut found = needles.find(&self.pending, has_ended);
        found.retain(|(start, _)| *start < cut);
        cut = found.last().map_or(cut, |(_, end)| cut.max(*end));
        replace(&self.pending[..cut], &found, masked);
        self.pending.drain(..cut);
    }
}

/// Writes a text in which each of the ranges `parts` is replaced by [`MASK`].
pub(super) fn replace(text: &[u8], parts: &[(usize, usize)], masked: &mut Vec<u8>) {
    let mut from = 0;
    for (start, end) in parts {
        masked.extend_from_slice(&text[from..*start]);
        masked.extend_from_slice(MASK.as_bytes());
        from = *end;
    }
    masked.extend_from_slice(&text[from..]);
}
