//! Finds the ID that a service gave to a request.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers that may contain a request ID. The headers of gateways are last.
static REQUEST_IDS: [HeaderName; 10] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("apim-request-id"),
    HeaderName::from_static("x-ms-request-id"),
    HeaderName::from_static("mistral-correlation-id"),
    HeaderName::from_static("x-generation-id"),
    HeaderName::from_static("x-goog-request-id"),
    HeaderName::from_static("x-trace-id"),
    HeaderName::from_static("cf-ray"),
];

/// Returns the ID that the service gave to the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&HeaderValue> {
    let is_text = |id: &&HeaderValue| id.to_str().is_ok();
    REQUEST_IDS.iter().find_map(|name| headers.get(name).filter(is_text))
}
