//! The alphabet of byte-level vocabularies: a printable character for each of the 256 bytes.

use std::{collections::HashMap, sync::LazyLock};

/// The bytes that print as themselves: the visible characters of Latin-1 but the soft hyphen.
fn is_visible(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// The character of each byte, by the byte. Those that do not print take, in their order, the
/// characters from U+0100 on.
static CHARS: LazyLock<[char; 256]> = LazyLock::new(|| {
    let mut substitutes = '\u{100}'..;
    std::array::from_fn(|index| {
        let byte = u8::try_from(index).unwrap_or_default();
        let visible = is_visible(byte).then_some(char::from(byte));
        visible.or_else(|| substitutes.next()).unwrap_or_default()
    })
});

static BYTES: LazyLock<HashMap<char, u8>> =
    LazyLock::new(|| CHARS.iter().copied().zip(0..=u8::MAX).collect());

/// Writes bytes in the alphabet.
pub(super) fn to_alphabet(bytes: &[u8]) -> String {
    bytes.iter().filter_map(|byte| CHARS.get(usize::from(*byte))).collect()
}

/// Reads a token back. A character outside the alphabet, which only a token added by hand can
/// have, stands for itself.
pub(super) fn from_alphabet(token: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(token.len());
    for char in token.chars() {
        match BYTES.get(&char) {
            Some(byte) => bytes.push(*byte),
            None => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_survive_the_alphabet() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let written = to_alphabet(&all);
        assert_eq!(written.chars().count(), 256);
        assert_eq!(from_alphabet(&written), all);
        assert_eq!(to_alphabet(b" the\n"), "Ġtheċ".replace('ċ', "Ċ"));
    }
}
