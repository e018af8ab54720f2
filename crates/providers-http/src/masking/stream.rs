//! Hides secrets in bytes that come in pieces.

use super::{Secrets, secrets::replace};

/// Hides the secrets in bytes that come in pieces, wherever they are cut. It keeps as many bytes as
/// the longest secret can take.
pub(crate) struct MaskedBytes {
    secrets: Secrets,
    /// Bytes that are to be searched.
    pending: Vec<u8>,
}

impl MaskedBytes {
    /// How many bytes are searched at once, besides those that the search before has kept.
    pub(super) const WINDOW: usize = 64 << 10;

    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self { secrets: secrets.clone(), pending: Vec::new() }
    }

    /// Takes the next bytes, and writes those that are known to hold no secret.
    pub(crate) fn push(&mut self, bytes: &[u8], masked: &mut Vec<u8>) {
        if self.secrets.needles().is_empty() {
            masked.extend_from_slice(bytes);
            return;
        }
        let kept = self.secrets.needles().longest();
        for piece in bytes.chunks(Self::WINDOW) {
            self.pending.extend_from_slice(piece);
            if self.pending.len() >= Self::WINDOW + kept {
                self.write(self.pending.len() - kept, false, masked);
            }
        }
    }

    /// Writes the rest.
    pub(crate) fn finish(&mut self, masked: &mut Vec<u8>) {
        self.write(self.pending.len(), true, masked);
    }

    /// Writes so many bytes, and to its end a secret that begins in them.
    fn write(&mut self, mut cut: usize, has_ended: bool, masked: &mut Vec<u8>) {
        let mut found = self.secrets.needles().find(&self.pending, has_ended);
        found.retain(|(start, _)| *start < cut);
        cut = found.last().map_or(cut, |(_, end)| cut.max(*end));
        replace(&self.pending[..cut], &found, masked);
        self.pending.drain(..cut);
    }
}
