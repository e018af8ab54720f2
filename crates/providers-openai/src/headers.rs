//! What the headers of an answer say.

use providers_http::http::HeaderMap;
use runnable_chat::AiMessageChunk;
use serde_json::{Map, Value};

/// What the headers of an answer say, until it is told with the first chunk.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    request_id: Option<String>,
    rate_limits: Map<String, Value>,
}

/// Headers in which services name a request.
const REQUEST_IDS: [&str; 4] =
    ["x-request-id", "apim-request-id", "mistral-correlation-id", "x-generation-id"];

impl Headers {
    pub(crate) fn read(&mut self, headers: &HeaderMap) {
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        self.request_id = REQUEST_IDS.into_iter().find_map(text);
        let is_limit = |name: &str| name.split('-').any(|word| word.starts_with("ratelimit"));
        let limits = headers.iter().filter(|(name, _)| is_limit(name.as_str()));
        self.rate_limits = limits
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.into()))
            })
            .collect();
    }

    /// Adds what is not told yet.
    pub(crate) fn tell(&mut self, mut chunk: AiMessageChunk) -> AiMessageChunk {
        if let Some(id) = self.request_id.take() {
            chunk = chunk.with_metadata("request_id", id);
        }
        if !self.rate_limits.is_empty() {
            chunk = chunk.with_metadata("rate_limits", std::mem::take(&mut self.rate_limits));
        }
        chunk
    }
}
