//! [`AssignedValue`]: where the value after a secret name ends, and whether it is a secret.

use super::{
    assignment::Assignment,
    credential::{looks_generated, looks_secret},
    text::Text,
};
use crate::redact::{
    field_name::{Secrecy, is_secret_header},
    label,
};

/// The number of bytes of a word that decide whether it is a secret. A limit is needed because the
/// values of `token=token=token=…` overlap, and each of them is read.
const DECISIVE: usize = 128;

/// The largest number of backslashes before a quote. A limit is needed because the values of nested
/// quotes overlap, and each of them is read.
const MOST_BACKSLASHES: usize = 7;

/// The value after a name and a sign.
pub(super) struct AssignedValue {
    pub(super) start: usize,
    pub(super) end: usize,
    quoting: Quoting,
}

/// How a value is quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    None,
    Quoted,
    /// The value is the rest of the line, as in a header.
    Line,
}

impl AssignedValue {
    pub(super) fn after(text: &Text<'_>, assignment: &Assignment<'_>) -> Self {
        let mut start = text.end_of(assignment.end, |byte| matches!(byte, b' ' | b'\t'));
        // The values in the debug output of Rust can be in `Some("…")`.
        if text.has_word(start, "Some(") {
            start += "Some(".len();
        }
        // A list of values, as in the JSON of headers: the first value.
        start = text.end_of(start, |byte| byte == b'[');
        if text.has_word(start, "redacted") {
            start = start.saturating_sub(1);
        }
        let backslashes = text.end_of(start, |byte| byte == b'\\') - start;
        match text.at(start + backslashes) {
            Some(quote @ (b'"' | b'\'' | b'`')) if backslashes <= MOST_BACKSLASHES => {
                let start = start + backslashes + 1;
                let end = end_of_quoted(text, start, quote, backslashes);
                Self { start, end, quoting: Quoting::Quoted }
            }
            _ => Self::unquoted(text, start, assignment),
        }
    }

    fn unquoted(text: &Text<'_>, start: usize, assignment: &Assignment<'_>) -> Self {
        let end = text.end_within(start, DECISIVE, is_of_word);
        let is_header = !assignment.is_equals && is_secret_header(assignment.name);
        let is_cookie = is_header && text.part(start..end).contains('=');
        let is_scheme = is_header && is_scheme(text.part(start..end)) && text.at(end) == Some(b' ');
        if is_cookie || is_scheme {
            let end = text.end_of(start, is_of_line);
            return Self { start, end, quoting: Quoting::Line };
        }
        Self { start, end, quoting: Quoting::None }
    }

    /// Returns the end of the value, of which only the start may have been read so far.
    pub(super) fn complete_end(&self, text: &Text<'_>) -> usize {
        match self.quoting {
            Quoting::None => text.end_of(self.end, is_of_word),
            Quoting::Quoted | Quoting::Line => self.end,
        }
    }

    /// Returns the replacement of the value. Returns `None` if the value is not a secret.
    pub(super) fn label(
        &self,
        text: &Text<'_>,
        assignment: &Assignment<'_>,
        secrecy: Secrecy,
    ) -> Option<&'static str> {
        let value = text.part(self.start..self.end);
        if value.is_empty() || label::is_label(value) {
            return None;
        }
        let (label, is_secret) = match (secrecy, self.quoting) {
            (Secrecy::Secret(label), Quoting::Quoted | Quoting::Line) => (label, true),
            (Secrecy::Secret(label), Quoting::None) => {
                let is_tight = assignment.is_equals && !assignment.is_spaced && value.len() >= 4;
                (label, is_tight || looks_secret(value) || is_pin(value, assignment))
            }
            (Secrecy::Token, _) => {
                let is_parameter = assignment.is_parameter && value.len() >= 4;
                (label::TOKEN, is_parameter || looks_generated(value))
            }
            (Secrecy::Parameter(label), _) => {
                (label, label == label::SIGNATURE || looks_secret(value))
            }
        };
        is_secret.then_some(label)
    }
}

/// Returns whether this is a number as the value of a quoted name, such as `"password": 1234`.
fn is_pin(value: &str, assignment: &Assignment<'_>) -> bool {
    assignment.is_quoted && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the end of a value in quotes, before the closing quote. If the opening quote has
/// `backslashes` before it, then the closing quote has as many.
fn end_of_quoted(text: &Text<'_>, start: usize, quote: u8, backslashes: usize) -> usize {
    let (mut at, mut before) = (start, 0);
    while let Some(byte) = text.at(at) {
        match byte {
            b'\\' => before += 1,
            _ if byte == quote && before <= backslashes => return at - before,
            _ => before = 0,
        }
        at += 1;
    }
    at
}

/// Returns whether a word is the scheme of an `authorization` header.
fn is_scheme(word: &str) -> bool {
    const SCHEMES: [&str; 10] = [
        "bearer",
        "basic",
        "digest",
        "token",
        "negotiate",
        "apikey",
        "key",
        "hmac",
        "sharedkey",
        "aws4-hmac-sha256",
    ];
    SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

fn is_of_word(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"&;,\"'`(){}]<>#|\\".contains(&byte)
}

fn is_of_line(byte: u8) -> bool {
    !matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'\\' | b'`' | b'<')
}
