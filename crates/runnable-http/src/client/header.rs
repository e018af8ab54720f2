//! Checks the headers of a request before it is sent.

use reqwest::header::{HeaderName, HeaderValue};
use runnable_core::{Error, ErrorKind, Result};

/// Returns a header. If it is invalid, returns an error that names the header and does not show its
/// value.
pub(crate) fn header(name: &str, value: Option<HeaderValue>) -> Result<(HeaderName, HeaderValue)> {
    let invalid =
        |problem| Error::new(ErrorKind::InvalidInput, format!("the header {name:?} {problem}"));
    let header = HeaderName::try_from(name).map_err(|_| invalid("has an invalid name"))?;
    let value = value
        .ok_or_else(|| invalid("has an invalid value (for example, a key with a line break)"))?;
    Ok((header, value))
}

/// Returns whether a header carries a credential, judged by its name.
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
