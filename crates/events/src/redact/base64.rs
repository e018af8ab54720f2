//! Decodes base64, in both alphabets.

/// Decodes base64. Characters that do not belong to it are skipped.
pub(super) fn decoded(bytes: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    let (mut bits, mut count) = (0_u32, 0_u32);
    bytes.filter_map(value_of).filter_map(move |value| {
        bits = (bits << 6) | value;
        count += 6;
        if count < 8 {
            return None;
        }
        count -= 8;
        let [.., byte] = (bits >> count).to_be_bytes();
        Some(byte)
    })
}

/// Returns whether a byte can be part of base64, except for its padding.
pub(super) fn is_digit(byte: u8) -> bool {
    value_of(byte).is_some()
}

fn value_of(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        let decode = |text: &str| decoded(text.bytes()).collect::<Vec<_>>();
        assert_eq!(decode("dXNlcjpwYXNz"), b"user:pass");
        assert_eq!(decode("YQ=="), b"a");
        assert_eq!(decode("YWI="), b"ab");
        assert_eq!(decode("-_8"), [0xfb, 0xff]);
        assert_eq!(decode("+/8="), [0xfb, 0xff]);
    }
}
