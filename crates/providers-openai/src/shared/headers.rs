//! The request ID and the rate limits in the headers of a response.

use std::mem;

use runnable_chat::{AiMessageChunk, message::RateLimit};
use runnable_http::{
    chat::rate_limits,
    http::{HeaderMap, HeaderName},
};

/// The request ID and the rate limits of a response, which are kept until the first chunk.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    request_id: Option<String>,
    rate_limits: Vec<RateLimit>,
}

/// The headers that may contain a request ID.
static REQUEST_IDS: [HeaderName; 4] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("apim-request-id"),
    HeaderName::from_static("mistral-correlation-id"),
    HeaderName::from_static("x-generation-id"),
];

impl Headers {
    pub(crate) fn read(&mut self, headers: &HeaderMap) {
        let text = |name: &HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        self.request_id = REQUEST_IDS.iter().find_map(text);
        self.rate_limits = rate_limits(headers);
    }

    /// Moves the content of the headers into a chunk.
    pub(crate) fn add_to(&mut self, mut chunk: AiMessageChunk) -> AiMessageChunk {
        if let Some(id) = self.request_id.take() {
            chunk = chunk.with_metadata("request_id", id);
        }
        chunk.with_rate_limits(mem::take(&mut self.rate_limits))
    }
}
