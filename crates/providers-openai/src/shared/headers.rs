//! What the headers of an answer say.

use std::mem;

use runnable_chat::{AiMessageChunk, message::RateLimit};
use runnable_http::{
    chat::rate_limits,
    http::{HeaderMap, HeaderName},
};

/// What the headers of an answer say, until it is told with the first chunk.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    request_id: Option<String>,
    rate_limits: Vec<RateLimit>,
}

/// Headers in which services name a request.
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

    /// Adds what is not told yet.
    pub(crate) fn tell(&mut self, mut chunk: AiMessageChunk) -> AiMessageChunk {
        if let Some(id) = self.request_id.take() {
            chunk = chunk.with_metadata("request_id", id);
        }
        chunk.with_rate_limits(mem::take(&mut self.rate_limits))
    }
}
