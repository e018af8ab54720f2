//! Finds `Bearer …` and `Basic …`, as in a header.

use super::{
    credential::{is_of_token, looks_like_bearer},
    span::Span,
    text::Text,
};
use crate::redact::{base64, label};

pub(super) fn scan(text: &Text<'_>, spans: &mut Vec<Span>) {
    let mut at = 0;
    while at < text.len() {
        let start = at;
        at += 1;
        if !matches!(text.at(start), Some(b'b' | b'B')) || !text.starts_word(start) {
            continue;
        }
        let is_bearer = text.has_word(start, "bearer");
        if !is_bearer && !text.has_word(start, "basic") {
            continue;
        }
        let gap = start + if is_bearer { "bearer".len() } else { "basic".len() };
        let value = end_of_gap(text, gap);
        if value == gap {
            continue;
        }
        let end = text.end_of(value, is_of_token);
        let word = text.part(value..end);
        at = end;
        if if is_bearer { looks_like_bearer(word) } else { is_basic(word) } {
            spans.push(Span::new(value, end, label::AUTHORIZATION));
        }
    }
}

/// Returns the end of the spaces, which can be encoded as in a URL.
fn end_of_gap(text: &Text<'_>, from: usize) -> usize {
    let mut end = from;
    while let Some(byte) = text.at(end) {
        match byte {
            b' ' | b'\t' | b'+' => end += 1,
            b'%' if text.has_word(end, "%20") => end += 3,
            _ => break,
        }
    }
    end
}

/// Returns whether this is the base64 of a user, a colon and a password.
fn is_basic(word: &str) -> bool {
    let mut decoded = base64::decoded(word.bytes());
    let mut has_colon = false;
    let is_text = decoded.all(|byte| {
        has_colon |= byte == b':';
        byte >= b' ' && byte != 0x7f
    });
    is_text && has_colon
}
