//! What an answer says it is.

use std::borrow::Cow;

use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// The content type of an answer, as far as framings and errors tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentType {
    /// `text/event-stream`
    EventStream,
    /// `application/x-ndjson`, `application/jsonl` and the like: a JSON value a line.
    Ndjson,
    /// `application/json` and `application/…+json`: one JSON value.
    Json,
    /// `text/html`: a page for people, usually of something between here and the service.
    Html,
    /// Any other.
    Other,
    /// The answer does not say.
    Missing,
}

impl ContentType {
    /// The type that the headers name; its parameters do not matter.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
            return Self::Missing;
        };
        let essence = value.split(';').next().unwrap_or_default().trim();
        // Hardly anybody writes it otherwise.
        let essence = match essence.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(essence.to_ascii_lowercase()),
            false => Cow::Borrowed(essence),
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
