//! The encodings in which a server may repeat a key.

use std::fmt::Write as _;

/// A key in the usual form. It contains both letters in which the alphabets of base64 differ.
pub(crate) const KEY: &str = "sk-very-secret_0123456789~+/abc";

/// Returns the key in each of these encodings, with the texts that must not be shown.
pub(crate) fn encodings() -> [(&'static str, String); 10] {
    let each = |write: &dyn Fn(&mut String, u8)| {
        let mut encoded = String::new();
        KEY.bytes().for_each(|byte| write(&mut encoded, byte));
        encoded
    };
    let json = each(&|all, byte| write!(all, "\\u{byte:04x}").unwrap());
    [
        ("plain", KEY.to_owned()),
        ("JSON", json.clone()),
        ("JSON in JSON", json.replace('\\', "\\\\")),
        ("URL, lower case", each(&|all, byte| write!(all, "%{byte:02x}").unwrap())),
        ("URL, upper case", each(&|all, byte| write!(all, "%{byte:02X}").unwrap())),
        ("HTML", each(&|all, byte| write!(all, "&#{byte};").unwrap())),
        ("hexadecimal", each(&|all, byte| write!(all, "{byte:02x}").unwrap())),
        ("base64", base64(format!("Bearer {KEY}").as_bytes(), b"+/")),
        ("base64 for URLs", base64(KEY.as_bytes(), b"-_")),
        (
            "with control characters",
            each(&|all, byte| {
                all.push(char::from(byte));
                all.push('\u{85}');
            }),
        ),
    ]
}

fn base64(bytes: &[u8], last: &[u8; 2]) -> String {
    let letters: Vec<_> =
        (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*last).collect();
    let bits: Vec<_> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let letter = |bits: &[u8]| {
        let number = (0..6).fold(0, |all, at| all << 1 | usize::from(*bits.get(at).unwrap_or(&0)));
        char::from(letters[number])
    };
    bits.chunks(6).map(letter).collect()
}

/// Fails if a text shows the key, literally or in this encoding.
pub(crate) fn assert_unseen(text: impl AsRef<[u8]>, encoded: &str, place: &str) {
    let text = String::from_utf8_lossy(text.as_ref()).into_owned();
    let without_controls: String = text.chars().filter(|it| !it.is_control()).collect();
    // Base64 of a longer text may contain the text in front of the key.
    let core = encoded.get(12..encoded.len() - 4).unwrap_or(encoded);
    for seen in [KEY, core, &KEY[..24], &KEY[6..]] {
        assert!(!text.contains(seen), "{place}: {text}");
        assert!(!without_controls.contains(seen), "{place}: {text}");
    }
    // A JSON file doubles backslashes.
    assert!(!text.contains(&core.replace('\\', "\\\\")), "{place}: {text}");
}
