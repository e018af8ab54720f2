//! Creates an [`ApiError`] from a response with an error status.

use std::time::SystemTime;

use reqwest::{StatusCode, header::HeaderMap};

use super::{
    ApiError, class,
    error_body::ErrorFields,
    excerpt::{excerpt, is_page, page_title},
};
use crate::headers::{ContentType, request_id, retry_after};

impl ApiError {
    /// Creates the error for a response with an error status.
    pub(crate) fn from_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let fields = match serde_json::from_str(&text) {
            Ok(value) => ErrorFields::read(&value),
            Err(_) => ErrorFields { message: plain(&text, headers), ..ErrorFields::default() },
        };
        let kind = class::of_status(status.as_u16());
        let mut error = Self::new(kind, fields, || text.into_owned());
        error.status = Some(status.as_u16());
        let header = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        // The value has the form `ValidationException:http://internal…`.
        let errortype = header("x-amzn-errortype").map(|text| first(&text, ':').to_owned());
        error.code = error.code.or(errortype);
        let request_id = request_id(headers).and_then(|id| id.to_str().ok());
        error.request_id = request_id.map(str::to_owned).or(error.request_id);
        error.should_retry = match header("x-should-retry").as_deref() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        let wait = retry_after(headers, status.as_u16(), SystemTime::now());
        error.retry_after = wait.or(error.retry_after);
        error
    }
}

/// Describes a body that is not JSON: by the title if it is a page, or by the text if it is short.
fn plain(text: &str, headers: &HeaderMap) -> Option<String> {
    if ContentType::of(headers) == ContentType::Html || is_page(text) {
        return Some(match page_title(text) {
            Some(title) => format!("an HTML page: {}", excerpt(title, 200)),
            None => "an HTML page without a title".to_owned(),
        });
    }
    let text = excerpt(text, 500);
    (!text.is_empty()).then(|| text.into_owned())
}

fn first(text: &str, separator: char) -> &str {
    text.split(separator).next().unwrap_or(text)
}
