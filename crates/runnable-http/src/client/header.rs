//! A header of a request, checked before it is sent.

use reqwest::header::{HeaderName, HeaderValue};
use runnable_core::{Error, ErrorKind, Result};

/// A header, or an error that names it and does not show its value.
pub(crate) fn header(name: &str, value: Option<HeaderValue>) -> Result<(HeaderName, HeaderValue)> {
    let invalid = |what| Error::new(ErrorKind::InvalidInput, format!("the header {name:?} {what}"));
    let header = HeaderName::try_from(name).map_err(|_| invalid("has no valid name"))?;
    let value = value.ok_or_else(|| {
        invalid("has a value that no header can hold, such as a line break within a key")
    })?;
    Ok((header, value))
}

/// Whether a header is a credential by its name, though nobody said that it is secret.
pub(crate) fn is_credential(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "authorization"
            | "proxy-authorization"
            | "cookie"
            | "x-api-key"
            | "api-key"
            | "x-goog-api-key"
            | "ocp-apim-subscription-key"
    )
}
