//! Hides secrets in bytes that come in pieces.

use super::{secrets::Secrets, window::Window};

/// Hides the secrets in bytes that come in pieces, wherever they are cut. It keeps as many bytes as
/// the longest secret can take.
pub(crate) struct MaskedBytes {
    secrets: Secrets,
    window: Window,
}

impl MaskedBytes {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self { secrets: secrets.clone(), window: Window::default() }
    }

    /// Takes the next bytes, and writes those that are known to hold no secret.
    pub(crate) fn push(&mut self, bytes: &[u8], masked: &mut Vec<u8>) {
        self.window.push(self.secrets.needles(), bytes, masked);
    }

    /// Writes the rest.
    pub(crate) fn finish(&mut self, masked: &mut Vec<u8>) {
        self.window.finish(self.secrets.needles(), masked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::masking::Secret;

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
    fn a_secret_of_which_most_has_come_is_hidden_at_the_end() {
        let shown = |length: usize| masked(&KEY.as_bytes()[..length], 3);
        assert_eq!(shown(8), "sk-0123-");
        assert_eq!(shown(16), "[secret]");
        assert_eq!(masked("sk-0123-äöü-4… and on".as_bytes(), 100), "[secret]… and on");
    }
}
