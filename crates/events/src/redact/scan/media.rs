//! Replaces data URLs and long base64 by their type, their size and their hash.

use super::{span::Span, text::Text};
use crate::{redact::base64, sha256};

/// The length from which a run of base64 is replaced.
const LONG: usize = 256;
/// The longest type of a data URL, with its parameters.
const LONGEST_TYPE: usize = 256;

pub(in crate::redact) fn scan_media(text: &Text<'_>, spans: &mut Vec<Span>) {
    if text.len() >= "data:,".len() {
        scan_data_urls(text, spans);
    }
    if text.len() >= LONG {
        scan_base64(text, spans);
    }
}

fn scan_data_urls(text: &Text<'_>, spans: &mut Vec<Span>) {
    let mut from = 0;
    while let Some(start) = text.find("data:", from) {
        let kind = start + "data:".len();
        from = kind;
        let comma = text.end_of(kind, is_of_type);
        let name = text.part(kind..comma);
        let is_type = name.contains('/') || name.starts_with(';');
        if text.at(comma) != Some(b',') || !is_type || name.len() > LONGEST_TYPE {
            continue;
        }
        let (media_type, is_base64) = match name.strip_suffix(";base64") {
            Some(media_type) => (media_type, true),
            None => (name, false),
        };
        let end = text
            .end_of(comma + 1, |byte| if is_base64 { is_of_base64(byte) } else { is_of_url(byte) });
        if end == comma + 1 {
            continue;
        }
        from = end;
        let data = text.part(comma + 1..end);
        let summary = if is_base64 { summary_of_base64(data) } else { summary(data.bytes()) };
        spans.push(Span::new(start, end, format!("[data URL: {media_type}, {summary}]")));
    }
}

fn scan_base64(text: &Text<'_>, spans: &mut Vec<Span>) {
    let mut at = 0;
    while at < text.len() {
        let end = text.end_of(at, |byte| base64::is_digit(byte) || byte == b'=');
        let data = text.part(at..end);
        if data.len() >= LONG && is_mixed(data) {
            spans.push(Span::new(at, end, format!("[base64: {}]", summary_of_base64(data))));
        }
        at = end.max(at + 1);
    }
}

/// Returns whether a text contains letters in upper and in lower case, and digits. A long number,
/// and a long line of dashes, do not.
fn is_mixed(text: &str) -> bool {
    let has = |fits: fn(&u8) -> bool| text.as_bytes().iter().any(fits);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

fn summary_of_base64(data: &str) -> String {
    // A URL can contain escapes: `%3D` for the padding.
    let data = data.split('%').next().unwrap_or(data);
    summary(base64::decoded(data.bytes()))
}

/// Returns the size and the hash of bytes as text.
pub(in crate::redact) fn summary(bytes: impl Iterator<Item = u8>) -> String {
    let (length, hash) = sha256::length_and_hash(bytes);
    let unit = if length == 1 { "byte" } else { "bytes" };
    let start = hash[..8].iter().fold(0_u64, |start, byte| (start << 8) | u64::from(*byte));
    format!("{length} {unit}, sha256:{start:016x}")
}

fn is_of_base64(byte: u8) -> bool {
    base64::is_digit(byte) || matches!(byte, b'=' | b'%')
}

fn is_of_type(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'.' | b'-' | b';' | b'=' | b'_')
}

fn is_of_url(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'`' | b')')
}
