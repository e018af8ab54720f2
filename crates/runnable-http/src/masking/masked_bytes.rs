//! [`MaskedBytes`]: masks secrets in bytes that arrive in chunks.

use super::{secrets::Secrets, window::Window};

/// Masks the secrets in bytes that arrive in chunks. It does not matter how the bytes are split
/// into chunks, because as many bytes are held back as the longest secret can take.
pub(crate) struct MaskedBytes {
    secrets: Secrets,
    window: Window,
}

impl MaskedBytes {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self { secrets: secrets.clone(), window: Window::default() }
    }

    /// Adds the next bytes, and writes the bytes that can no longer be part of a secret.
    pub(crate) fn push(&mut self, bytes: &[u8], masked: &mut Vec<u8>) {
        self.window.push(self.secrets.needles(), bytes, masked);
    }

    /// Writes the bytes that are still held back, with secrets masked.
    pub(crate) fn finish(&mut self, masked: &mut Vec<u8>) {
        self.window.finish(self.secrets.needles(), masked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::masking::Secret;

    const KEY: &str = "sk-0123-äöü-456789";

    /// Masks a text that arrives in chunks of this length, and returns the masked text.
    fn masked(text: &[u8], length: usize) -> String {
        let mut secrets = Secrets::default();
        secrets.push(Secret::new(KEY));
        let (mut bytes, mut masked) = (MaskedBytes::new(&secrets), Vec::new());
        text.chunks(length).for_each(|piece| bytes.push(piece, &mut masked));
        bytes.finish(&mut masked);
        String::from_utf8(masked).expect("the masked bytes are valid UTF-8")
    }

    #[test]
    fn a_secret_is_found_at_any_position_and_in_any_chunks() {
        let escaped: String = KEY.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        for key in [KEY, &escaped] {
            for before in [0, 1, Window::SIZE - 7, Window::SIZE, 200_000] {
                let text = ".".repeat(before) + key + &",".repeat(100_000) + key;
                let expected = ".".repeat(before) + "[secret]" + &",".repeat(100_000) + "[secret]";
                for length in [7_001, 1 << 20] {
                    assert!(masked(text.as_bytes(), length) == expected, "{before}, {length}");
                }
            }
        }
    }

    #[test]
    fn more_than_half_of_a_secret_at_the_end_is_masked() {
        let shown = |length: usize| masked(&KEY.as_bytes()[..length], 3);
        assert_eq!(shown(8), "sk-0123-");
        assert_eq!(shown(16), "[secret]");
        assert_eq!(masked("sk-0123-äöü-4… and on".as_bytes(), 100), "[secret]… and on");
    }
}
