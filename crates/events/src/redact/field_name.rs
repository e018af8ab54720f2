//! Decides by the name of a field, a header or a parameter whether its value is secret.

use super::label;

/// The conditions under which the value of a field is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// The value is secret. The label replaces it.
    Secret(&'static str),
    /// The value is secret if it looks like a generated token. The name alone is not sufficient,
    /// because `token` can also mean a token of a language model.
    Token,
    /// The value is secret if the field is a parameter of a URL, such as `key` or `sig`.
    Parameter(&'static str),
}

/// Returns whether the value of a field with this name is secret.
pub(super) fn secrecy_of(name: &str) -> Option<Secrecy> {
    // The name itself may already be replaced by a label.
    if name.contains("[redacted") {
        return None;
    }
    let (rest, last) = split_last_word(name);
    let previous = split_last_word(rest).1;
    let is_last = |words: &[&str]| words.iter().any(|word| last.eq_ignore_ascii_case(word));
    let is_previous = |words: &[&str]| words.iter().any(|word| previous.eq_ignore_ascii_case(word));
    let label = if is_last(&["apikey", "apikeys"]) {
        label::API_KEY
    } else if is_last(&["password", "passwd", "pwd", "passphrase", "passcode"]) {
        label::PASSWORD
    } else if is_last(&["authorization", "authorisation"]) {
        label::AUTHORIZATION
    } else if is_last(&["cookie", "cookies"]) {
        label::COOKIE
    } else if is_last(&["secret", "secrets", "credential", "credentials", "secretkey"]) {
        label::SECRET
    } else if is_last(&["privatekey"]) || (is_last(&["key"]) && is_previous(&["private"])) {
        label::PRIVATE_KEY
    } else if is_last(&["key", "keys"]) && is_previous(KINDS_OF_KEYS) {
        label::API_KEY
    } else if is_last(&["accesstoken", "authtoken", "refreshtoken", "sessiontoken", "apitoken"])
        || (is_last(&["token"]) && is_previous(KINDS_OF_TOKENS))
    {
        label::TOKEN
    } else if is_last(&["token"]) && !is_previous(HARMLESS_TOKENS) {
        return Some(Secrecy::Token);
    } else if is_last(&["key", "auth"]) {
        return Some(Secrecy::Parameter(label::API_KEY));
    } else if is_last(&["sig", "signature"]) {
        return Some(Secrecy::Parameter(label::SIGNATURE));
    } else {
        return None;
    };
    Some(Secrecy::Secret(label))
}

/// Returns whether this is a header that authenticates a request.
pub(super) fn is_secret_header(name: &str) -> bool {
    const HEADERS: [&str; 12] = [
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "x-auth-token",
        "x-amz-security-token",
        "ocp-apim-subscription-key",
        "x-functions-key",
        "private-token",
    ];
    HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))
}

const KINDS_OF_KEYS: &[&str] = &[
    "api",
    "secret",
    "access",
    "auth",
    "subscription",
    "functions",
    "encryption",
    "signing",
    "account",
    "master",
    "service",
];

const KINDS_OF_TOKENS: &[&str] = &[
    "access", "refresh", "auth", "session", "security", "api", "bearer", "csrf", "bot", "personal",
    "oauth", "private",
];

/// Tokens of language models, and positions in lists.
const HARMLESS_TOKENS: &[&str] = &[
    "bos",
    "cls",
    "continuation",
    "cursor",
    "end",
    "eos",
    "first",
    "last",
    "mask",
    "new",
    "next",
    "pad",
    "page",
    "sep",
    "special",
    "start",
    "stop",
    "sync",
    "unk",
];

/// Splits the last word from a name such as `x-api-key`, `apiKey` or `OPENAI_API_KEY`.
fn split_last_word(name: &str) -> (&str, &str) {
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let bytes = name.as_bytes();
    let mut start = bytes.len();
    while let Some(before) = start.checked_sub(1) {
        let (byte, next) = (bytes[before], bytes.get(start).copied());
        if !byte.is_ascii_alphanumeric() {
            break;
        }
        // In `apiKey` and in `APIKey`, the last word starts at its letter in upper case.
        let starts_upper = next.is_some_and(|next| next.is_ascii_uppercase());
        let then_lower = bytes.get(start + 1).is_some_and(u8::is_ascii_lowercase);
        if starts_upper && (byte.is_ascii_lowercase() || then_lower) {
            break;
        }
        start = before;
    }
    // The position is next to an ASCII character, so it is between two characters.
    (name.get(..start).unwrap_or_default(), name.get(start..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_recognised_in_every_spelling() {
        for name in [
            "api_key",
            "apikey",
            "apiKey",
            "APIKey",
            "x-api-key",
            "X-Api-Key",
            "OPENAI_API_KEY",
            "authorization",
            "Proxy-Authorization",
            "Cookie",
            "set-cookie",
            "password",
            "db.password",
            "clientSecret",
            "secret_access_key",
            "privateKey",
            "access_token",
            "refreshToken",
            "x-goog-api-key",
            "aws_secret_access_key",
            "credentials",
        ] {
            assert!(matches!(secrecy_of(name), Some(Secrecy::Secret(_))), "{name}");
        }
        assert_eq!(secrecy_of("token"), Some(Secrecy::Token));
        assert_eq!(secrecy_of("github_token"), Some(Secrecy::Token));
        assert!(matches!(secrecy_of("key"), Some(Secrecy::Parameter(_))));
        assert!(matches!(secrecy_of("X-Amz-Signature"), Some(Secrecy::Parameter(_))));
    }

    #[test]
    fn other_names_are_not_secret() {
        for name in [
            "max_tokens",
            "total_tokens",
            "inputTokens",
            "tokens",
            "eos_token",
            "nextPageToken",
            "keyboard",
            "monkey",
            "author",
            "secretary",
            "password_hint",
            "access_key_id",
            "",
            "é",
            "tokenizer",
            "cookie_count",
        ] {
            assert_eq!(secrecy_of(name), None, "{name}");
        }
    }
}
