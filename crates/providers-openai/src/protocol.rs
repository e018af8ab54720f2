//! Encodes the requests and decodes the responses of both APIs.

use std::borrow::Cow;

use runnable_chat::{AiMessageChunk, model::ChatRequest};
use runnable_core::Result;
use runnable_http::{
    Frame,
    chat::{ApiRequest, ChatProtocol, ChatReader},
    http::HeaderMap,
};

use crate::{
    api::Api,
    chat_completions::{self, CompletionReader},
    responses::{self, ResponseReader},
    served_model::ServedModel,
};

/// The protocol of a service, which encodes requests and creates readers for responses.
///
/// It does no I/O. Created by [`OpenAiBuilder::protocol`](crate::OpenAiBuilder::protocol). You need
/// it only for tests and for custom transports, because a model creates its own protocol.
///
/// ```
/// use runnable_http::chat::ChatProtocol;
/// use providers_openai::openai;
/// use runnable_chat::model::{ChatOptions, ChatRequest};
///
/// # fn main() -> runnable_core::Result<()> {
/// let protocol = openai("gpt-4o-mini").protocol();
/// let request = protocol.encode(&ChatRequest::new("Hello", ChatOptions::new()).without_streaming())?;
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
    pub(crate) served: ServedModel,
    /// Whether each model has its own path below the base URL.
    pub(crate) in_deployment: bool,
}

impl OpenAiProtocol {
    /// Returns the path of a request relative to the base URL. `call` is the last part of the path,
    /// such as `chat/completions`.
    pub(crate) fn path(&self, call: &'static str) -> Cow<'static, str> {
        if self.in_deployment {
            format!("deployments/{}/{call}", self.served.name).into()
        } else {
            call.into()
        }
    }
}

impl ChatProtocol for OpenAiProtocol {
    type Reader = OpenAiReader;

    fn encode(&self, request: &ChatRequest) -> Result<ApiRequest> {
        let request = &request.with_call_ids();
        let (call, body) = match self.api {
            Api::ChatCompletions => {
                ("chat/completions", chat_completions::body(&self.served, request)?)
            }
            Api::Responses => ("responses", responses::body(&self.served, request)?),
        };
        Ok(ApiRequest::from_json(self.path(call), body))
    }

    /// Encodes a request of OpenAI's Responses API, which also counts for models that are called with
    /// Chat Completions. Other services do not offer it.
    fn encode_count(&self, request: &ChatRequest) -> Result<Option<ApiRequest>> {
        if self.served.provider != "openai" {
            return Ok(None);
        }
        let body = responses::count_body(&self.served, &request.with_call_ids())?;
        Ok(Some(ApiRequest::from_json(self.path("responses/input_tokens"), body)))
    }

    fn reader(&self, request: &ChatRequest) -> OpenAiReader {
        OpenAiReader(match self.api {
            Api::ChatCompletions => Reader::Chat(CompletionReader::new(&self.served, request)),
            Api::Responses => Reader::Responses(ResponseReader::new(self.served.provider.clone())),
        })
    }
}

/// Decodes one response of either API, complete or streamed.
#[derive(Debug)]
pub struct OpenAiReader(Reader);

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "each response has only one reader")]
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
