//! JSON inside a `script` element.

use std::io::{self, Write};

use serde::Serialize;

/// Writes a value as JSON that cannot end the `script` element that contains it.
///
/// The characters `<`, `>`, `&`, U+2028 and U+2029 are written as escapes. They occur only in
/// strings, so the JSON has the same value.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(Escaping { out }, value).map_err(io::Error::from)
}

/// A writer that replaces the characters that a parser of HTML or JavaScript could act on.
struct Escaping<'a> {
    out: &'a mut dyn Write,
}

impl Write for Escaping<'_> {
    /// Writes a part of the JSON. `serde_json` writes a character of several bytes at once, so the
    /// separators are never cut.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some((at, length, escape)) = first_escape(rest) {
            self.out.write_all(&rest[..at])?;
            self.out.write_all(escape)?;
            rest = &rest[at + length..];
        }
        self.out.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Returns the position and the length of the first character to replace, and its escape.
fn first_escape(bytes: &[u8]) -> Option<(usize, usize, &'static [u8])> {
    bytes.iter().enumerate().find_map(|(at, byte)| match byte {
        b'<' => Some((at, 1, &br"\u003c"[..])),
        b'>' => Some((at, 1, &br"\u003e"[..])),
        b'&' => Some((at, 1, &br"\u0026"[..])),
        0xe2 if bytes[at..].starts_with("\u{2028}".as_bytes()) => Some((at, 3, &br"\u2028"[..])),
        0xe2 if bytes[at..].starts_with("\u{2029}".as_bytes()) => Some((at, 3, &br"\u2029"[..])),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn markup_is_escaped_and_the_value_is_the_same() {
        let value = json!({ "a<b": "</script><!-- & \u{2028}\u{2029} \u{20ac}" });
        let mut out = Vec::new();
        write_json(&value, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
