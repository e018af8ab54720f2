//! Finds secrets whose text is known, such as the values of environment variables.

use super::{span::Span, text::Text};
use crate::redact::label;

/// The part of a secret at the end of a text that is recognised in a text that continues.
const LEAST_PART: usize = 6;

/// A secret whose text is known, in the encodings in which it can occur.
#[derive(Clone)]
pub(in crate::redact) struct KnownSecret {
    forms: Vec<String>,
}

impl KnownSecret {
    pub(in crate::redact) fn new(secret: &str) -> Self {
        let mut forms = vec![secret.to_owned()];
        let json = serde_json::to_string(secret).unwrap_or_default();
        for form in [percent_encoded(secret), json.trim_matches('"').to_owned()] {
            if !form.is_empty() && !forms.contains(&form) {
                forms.push(form);
            }
        }
        Self { forms }
    }

    /// Finds the secret. If the text continues later, finds the start of the secret at the end too.
    pub(in crate::redact) fn scan(&self, text: &Text<'_>, is_open: bool, spans: &mut Vec<Span>) {
        for form in &self.forms {
            let mut from = 0;
            while let Some(start) = text.find(form, from) {
                from = start + form.len();
                spans.push(Span::new(start, from, label::SECRET));
            }
            if is_open && let Some(part) = part_at_end(text.as_str(), form) {
                spans.push(Span::new(text.len() - part, text.len(), label::SECRET));
            }
        }
    }
}

/// Returns the length of the longest start of a secret with which a text ends.
fn part_at_end(text: &str, secret: &str) -> Option<usize> {
    let least = LEAST_PART.min(secret.len() / 2).max(1);
    let ends = secret.char_indices().map(|(end, _)| end).rev();
    ends.take_while(|end| *end >= least).find(|end| text.ends_with(&secret[..*end]))
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
