//! The APIs as plain data.

use std::borrow::Cow;

use runnable_chat::{AiMessageChunk, model::ChatRequest};
use runnable_core::Result;
use runnable_http::{
    Frame,
    chat::{ApiRequest, ChatProtocol, ChatReader},
    http::HeaderMap,
};

use crate::{
    chat::{self, CompletionReader},
    dialect::Dialect,
    responses::{self, ResponseReader},
    service::{Api, Quirks},
};

/// What a service speaks, as plain data: how a request is written, and an answer read.
///
/// [`OpenAiBuilder::protocol`](crate::OpenAiBuilder::protocol) makes it. A model needs none of it:
/// it is for tests, and for transports of your own.
///
/// ```
/// use runnable_http::chat::ChatProtocol;
/// use providers_openai::openai;
/// use runnable_chat::model::{ChatOptions, ChatRequest};
///
/// # fn main() -> runnable_core::Result<()> {
/// let protocol = openai("gpt-4o-mini").protocol();
/// let request = protocol.encode(&ChatRequest::new("Hello", ChatOptions::new()).at_once())?;
/// assert_eq!(request.path(), "chat/completions");
/// assert_eq!(
///     &request.body()[..],
///     br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}"#,
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OpenAiProtocol {
    pub(crate) api: Api,
    pub(crate) provider: Cow<'static, str>,
    pub(crate) model: String,
    pub(crate) quirks: Quirks,
    pub(crate) dialect: Dialect,
    /// The field of messages in which reasoning is sent back, if the caller sets it.
    pub(crate) reasoning_field: Option<Cow<'static, str>>,
}

impl OpenAiProtocol {
    /// Whether the model reasons, by its name, as far as OpenAI's are known.
    pub(crate) fn reasons(&self) -> bool {
        let name = self.model.rsplit('/').next().unwrap_or(&self.model);
        let name = name.strip_prefix("ft:").unwrap_or(name);
        // `gpt-5-chat-latest` and its kind answer at once.
        let is_chat = name.contains("-chat");
        !is_chat && ["o1", "o3", "o4", "gpt-5"].iter().any(|family| name.starts_with(family))
    }

    /// Whether instructions come from a `developer`.
    pub(crate) fn has_developer(&self) -> bool {
        // The first models that reasoned knew no such role.
        let is_first = ["o1-mini", "o1-preview"].iter().any(|name| self.model.starts_with(name));
        self.quirks.developer && self.reasons() && !is_first
    }
}

impl ChatProtocol for OpenAiProtocol {
    type Reader = OpenAiReader;

    fn encode(&self, request: &ChatRequest) -> Result<ApiRequest> {
        let request = &request.with_call_ids();
        let (path, body) = match self.api {
            Api::ChatCompletions => ("chat/completions", chat::body(self, request)?),
            Api::Responses => ("responses", responses::body(self, request)?),
        };
        Ok(ApiRequest::from_json(path, body))
    }

    fn reader(&self, request: &ChatRequest) -> OpenAiReader {
        OpenAiReader(match self.api {
            Api::ChatCompletions => Reader::Chat(CompletionReader::new(self, request)),
            Api::Responses => Reader::Responses(ResponseReader::new(self.provider.clone())),
        })
    }
}

/// Reads one answer of either API, whole or streamed.
#[derive(Debug)]
pub struct OpenAiReader(Reader);

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one an answer")]
enum Reader {
    Chat(CompletionReader),
    Responses(ResponseReader),
}

impl ChatReader for OpenAiReader {
    fn read_headers(&mut self, headers: &HeaderMap) {
        match &mut self.0 {
            Reader::Chat(reader) => reader.read_headers(headers),
            Reader::Responses(reader) => reader.read_headers(headers),
        }
    }

    fn read_event(&mut self, event: &Frame) -> Result<Option<AiMessageChunk>> {
        match &mut self.0 {
            Reader::Chat(reader) => reader.read_event(event),
            Reader::Responses(reader) => reader.read_event(event),
        }
    }

    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        match &mut self.0 {
            Reader::Chat(reader) => reader.read_whole(body),
            Reader::Responses(reader) => reader.read_whole(body),
        }
    }

    fn is_complete(&self) -> bool {
        match &self.0 {
            Reader::Chat(reader) => reader.is_complete(),
            Reader::Responses(reader) => reader.is_complete(),
        }
    }

    fn finish(&mut self) -> Result<Option<AiMessageChunk>> {
        match &mut self.0 {
            Reader::Chat(reader) => reader.end(),
            Reader::Responses(reader) => reader.end(),
        }
    }
}
