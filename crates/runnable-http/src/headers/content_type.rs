//! [`ContentType`]: the content type of a response.

use std::borrow::Cow;

use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// The content type of a response, reduced to the types that this crate treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentType {
    /// `text/event-stream`
    EventStream,
    /// One JSON value per line: `application/x-ndjson`, `application/jsonl` and similar types.
    Ndjson,
    /// One JSON value: `application/json` and `application/…+json`.
    Json,
    /// A web page (`text/html`), usually from a proxy between the client and the service.
    Html,
    /// Any other type.
    Other,
    /// The response has no content type.
    Missing,
}

impl ContentType {
    /// Returns the type that the headers name. Parameters such as `charset` are ignored.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
            return Self::Missing;
        };
        let essence = value.split(';').next().unwrap_or_default().trim();
        // Avoid the allocation in the usual case, in which the type is already lowercase.
        let essence = if essence.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(essence.to_ascii_lowercase())
        } else {
            Cow::Borrowed(essence)
        };
        match &*essence {
            "" => Self::Missing,
            "text/event-stream" => Self::EventStream,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines"
            | "application/json-lines" => Self::Ndjson,
            "application/json" | "text/json" => Self::Json,
            "text/html" | "application/xhtml+xml" => Self::Html,
            other if other.starts_with("application/") && other.ends_with("+json") => Self::Json,
            _ => Self::Other,
        }
    }
}
