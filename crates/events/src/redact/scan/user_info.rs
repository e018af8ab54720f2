//! Finds the user and the password in URLs, such as `https://user:password@host`.

use super::{credential::looks_secret, span::Span, text::Text};
use crate::redact::label;

pub(super) fn scan(text: &Text<'_>, spans: &mut Vec<Span>) {
    let mut from = 0;
    while let Some(slashes) = text.find("://", from) {
        let start = slashes + 3;
        let end = text.end_of(start, is_of_authority);
        from = end.max(start);
        let Some(length) = text.part(start..end).rfind('@') else { continue };
        let info = text.part(start..start + length);
        // A name alone, as in `ssh://git@host`, is not a secret.
        if info.contains(':') || info.contains("%3A") || looks_secret(info) {
            spans.push(Span::new(start, start + length, label::PASSWORD));
        }
    }
}

fn is_of_authority(byte: u8) -> bool {
    !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\')
        && !byte.is_ascii_whitespace()
}
