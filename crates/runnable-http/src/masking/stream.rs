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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    const KEY: &str = "sk-0123-äöü-456789";

    /// The text without secrets, given in pieces of this length.
    fn masked(text: &[u8], length: usize) -> String {
        let mut secrets = Secrets::default();
        secrets.push(Secret::new(KEY));
        let (mut bytes, mut masked) = (MaskedBytes::new(&secrets), Vec::new());
        text.chunks(length).for_each(|piece| bytes.push(piece, &mut masked));
        bytes.finish(&mut masked);
        String::from_utf8(masked).expect("it is text")
    }

    #[test]
    fn a_secret_is_found_wherever_it_lies_and_is_cut() {
        let escaped: String = KEY.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        for key in [KEY, &escaped] {
            for before in [0, 1, MaskedBytes::WINDOW - 7, MaskedBytes::WINDOW, 200_000] {
                let text = ".".repeat(before) + key + &",".repeat(100_000) + key;
                let expected = ".".repeat(before) + "[secret]" + &",".repeat(100_000) + "[secret]";
                for length in [7_001, 1 << 20] {
                    assert!(masked(text.as_bytes(), length) == expected, "{before}, {length}");
                }
            }
        }
    }

    #[test]
    fn a_secret_of_which_most_has_come_is_hidden_at_the_end() {
        let shown = |length: usize| masked(&KEY.as_bytes()[..length], 3);
        assert_eq!(shown(8), "sk-0123-");
        assert_eq!(shown(16), "[secret]");
        assert_eq!(masked("sk-0123-äöü-4… and on".as_bytes(), 100), "[secret]… and on");
    }
}
