//! Decides by its characters whether a word is a credential, for places where the context alone is
//! not sufficient.

/// Returns whether a word looks like a password or a key, and not like a word of a sentence.
pub(super) fn looks_secret(word: &str) -> bool {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    (has_digit && word.len() >= 6) || word.len() >= 20
}

/// Returns whether a word looks like a token that a program has created.
pub(in crate::redact) fn looks_generated(word: &str) -> bool {
    word.len() >= 16
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().all(is_of_token)
}

/// Returns whether the word after `Bearer` is a token, in contrast to "a bearer token".
pub(super) fn looks_like_bearer(word: &str) -> bool {
    let rest = word.get(1..).unwrap_or_default();
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let is_unusual = rest.bytes().any(|byte| !byte.is_ascii_lowercase());
    match word.len() {
        0..8 => false,
        8..16 => has_digit,
        16..24 => has_digit || is_unusual,
        _ => true,
    }
}

/// Returns whether a byte can be part of a token in a header.
pub(super) fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b'=' | b'|' | b'%')
}
