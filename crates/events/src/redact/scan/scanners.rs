//! All scanners for secrets that are recognised by their form.

use super::{
    auth_scheme, json_web_token, key_shape, named_secret, private_key, span::Span, text::Text,
    user_info,
};

/// The length of the shortest text with a secret that is recognised by its form.
const SHORTEST: usize = 8;

/// Finds the secrets that are recognised by their form. `is_open` is whether the text continues
/// later.
pub(in crate::redact) fn scan(text: &Text<'_>, is_open: bool, spans: &mut Vec<Span>) {
    // Most chunks of a model are short words, so skip the scanners for a short text.
    if text.len() < SHORTEST {
        return;
    }
    key_shape::scan(text, is_open, spans);
    for scan in [
        json_web_token::scan,
        auth_scheme::scan,
        named_secret::scan,
        user_info::scan,
        private_key::scan,
    ] {
        scan(text, spans);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::scan::scan_media;

    /// Returns the number of bytes that all scanners look at.
    fn steps(text: &str) -> usize {
        let (text, mut spans) = (Text::new(text), Vec::new());
        scan(&text, true, &mut spans);
        scan_media(&text, &mut spans);
        text.steps()
    }

    #[test]
    fn the_work_grows_linearly_with_hostile_text() {
        for part in [
            "a",
            " ",
            "sk-",
            "sk-a",
            "eyJ",
            "eyJhbGci.",
            "eyJ-",
            "A",
            "AKIA",
            "AIza",
            "-",
            "_",
            "=",
            ":",
            "\"",
            "\\\"",
            "\\",
            "a=",
            "a:",
            "key=",
            "token=",
            "token=\"",
            "token: '",
            "password=\"",
            "password=\\\"",
            "\"password\":",
            "?key=",
            "&sig=",
            "Bearer ",
            "basic ",
            "Bearer a",
            "bearer+",
            "://",
            "https://a",
            "https://a:b",
            "https://a@",
            "@",
            "data:",
            "data:a/b,",
            "data:a/b;base64,",
            "data:a/b",
            "-----BEGIN ",
            "-----BEGIN PRIVATE KEY-----",
            "-----END ",
            "%3D",
            "%",
            "Some(",
            "[",
            "cookie: a=b;",
            "authorization: ",
            "ya29.",
            "ya29.a",
            "é",
            "aB3",
            "token=\"a\\",
            "\\\\\\\\\\\\\\\"token=",
        ] {
            let count = 20_000 / part.len();
            let (once, double) = (steps(&part.repeat(count)), steps(&part.repeat(2 * count)));
            assert!(
                double <= once * 9 / 4 + 2000,
                "{part}: {once} steps, and {double} for twice as much"
            );
            assert!(once <= 20_000 * 300, "{part}: {once} steps");
        }
    }
}
