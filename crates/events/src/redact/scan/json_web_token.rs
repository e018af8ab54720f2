//! Finds JSON web tokens: three or more parts in base64, of which the first is a JSON object.

use super::{span::Span, text::Text};
use crate::redact::label;

/// How the base64 of a JSON object starts.
const OBJECT: &str = "eyJ";
/// The shortest header, and the shortest payload.
const LEAST: usize = 6;

pub(super) fn scan(text: &Text<'_>, spans: &mut Vec<Span>) {
    let mut from = 0;
    while let Some(start) = text.find(OBJECT, from) {
        let header = text.end_of(start, is_base64);
        // Another start in the same run would have the same end, so the search continues there.
        from = header;
        if !text.starts_word(start) || text.at(header) != Some(b'.') || header - start < LEAST {
            continue;
        }
        let payload = text.end_of(header + 1, is_base64);
        if payload - header > LEAST {
            from = text.end_of(payload, |byte| byte == b'.' || is_base64(byte));
            let is_full_stop = text.before(from, 1) == Some(b'.');
            spans.push(Span::new(start, from - usize::from(is_full_stop), label::TOKEN));
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
