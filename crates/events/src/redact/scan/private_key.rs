//! Finds private keys in the PEM format.

use super::{span::Span, text::Text};
use crate::redact::label;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";
/// The longest name, such as `ENCRYPTED PRIVATE KEY`.
const LONGEST_NAME: usize = 64;

pub(super) fn scan(text: &Text<'_>, spans: &mut Vec<Span>) {
    let mut from = 0;
    while let Some(start) = text.find(BEGIN, from) {
        let name = start + BEGIN.len();
        let name_end = text.end_of(name, |byte| byte.is_ascii_uppercase() || byte == b' ');
        from = name;
        if name_end - name > LONGEST_NAME || !text.part(name..name_end).contains("PRIVATE KEY") {
            continue;
        }
        // A key that was cut has no end.
        let end = text.find("-----END ", name_end).and_then(|end| {
            let dashes = text.find(DASHES, end + DASHES.len())?;
            Some(dashes + DASHES.len())
        });
        from = end.unwrap_or(text.len());
        spans.push(Span::new(start, from, label::PRIVATE_KEY));
    }
}
