//! The texts that replace secrets.

pub(super) const API_KEY: &str = "[redacted: API key]";
pub(super) const AUTHORIZATION: &str = "[redacted: authorization]";
pub(super) const COOKIE: &str = "[redacted: cookie]";
pub(super) const FIELD: &str = "[redacted: field]";
pub(super) const NESTED: &str = "[redacted: nested too deeply]";
pub(super) const PANICKED: &str = "[redacted: the custom redaction panicked]";
pub(super) const PASSWORD: &str = "[redacted: password]";
pub(super) const PRIVATE_KEY: &str = "[redacted: private key]";
pub(super) const SECRET: &str = "[redacted: secret]";
pub(super) const SIGNATURE: &str = "[redacted: signature]";
pub(super) const TOKEN: &str = "[redacted: token]";

/// Returns whether a text has been replaced already.
pub(super) fn is_label(text: &str) -> bool {
    text.starts_with("[redacted")
}
