//! The alphabet of byte-level vocabularies. It represents each of the 256 bytes by a printable
//! character.

use std::{collections::HashMap, sync::LazyLock};

/// Returns whether a byte is represented by the character with the same code. This is the case for
/// the visible characters of Latin-1, except the soft hyphen.
fn is_visible(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// The character that represents each byte. Bytes that are not visible are represented by the
/// characters from U+0100 on, in order.
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

/// Converts bytes to the alphabet.
pub(super) fn to_alphabet(bytes: &[u8]) -> String {
    bytes.iter().filter_map(|byte| CHARS.get(usize::from(*byte))).collect()
}

/// Converts a token in the alphabet back to bytes. A character outside the alphabet is encoded as
/// UTF-8. Only user-defined tokens can contain such characters.
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
    fn each_byte_survives_the_alphabet() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let written = to_alphabet(&all);
        assert_eq!(written.chars().count(), 256);
        assert_eq!(from_alphabet(&written), all);
        assert_eq!(to_alphabet(b" the\n"), "Ġtheċ".replace('ċ', "Ċ"));
    }
}
