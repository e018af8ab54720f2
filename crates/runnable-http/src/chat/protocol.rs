//! The traits that a provider implements for its API.

use std::fmt;

use http::HeaderMap;
use runnable_chat::{AiMessageChunk, model::ChatRequest};
use runnable_core::Result;

use super::ApiRequest;
use crate::Frame;

/// Encodes the requests of a chat API, and creates readers for its responses.
///
/// An implementation does no I/O. [`HttpChatModel`](super::HttpChatModel) sends the requests and
/// passes the responses to the reader.
#[doc(alias = "BaseChatModel")]
pub trait ChatProtocol: fmt::Debug + Send + Sync + 'static {
    /// The reader of one response.
    type Reader: ChatReader;

    /// Encodes the request of a call.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if the request contains
    /// something that the API does not support. The message names it.
    #[doc(alias = "_get_request_payload")]
    fn encode(&self, request: &ChatRequest) -> Result<ApiRequest>;

    /// Encodes the request that counts the input tokens of a call. The response is a JSON object
    /// with the number `input_tokens`.
    ///
    /// The default returns `None`: the API cannot count tokens.
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`encode`](Self::encode).
    #[doc(alias = "get_num_tokens_from_messages")]
    fn encode_count(&self, _request: &ChatRequest) -> Result<Option<ApiRequest>> {
        Ok(None)
    }

    /// Creates a reader for the response to `request`.
    fn reader(&self, request: &ChatRequest) -> Self::Reader;
}

/// Reads one response, complete or streamed.
///
/// The same reader handles both forms, so that they cannot give different results.
///
/// The time to read a response must be proportional to its size. For this, look up items in a map,
/// and fail with [`too_many`](super::too_many) if there are more items than a response may have.
/// Long responses and long events are read on another thread.
pub trait ChatReader: Send + Unpin + 'static {
    /// Reads the headers of the response. Called before any other method.
    fn read_headers(&mut self, _headers: &HeaderMap) {}

    /// Reads an event of a streamed response, and returns what it adds to the answer, if anything.
    ///
    /// # Errors
    ///
    /// Returns an [`ApiError`](crate::ApiError) if the event is an error of the service, or
    /// [`Parse`](runnable_core::ErrorKind::Parse) if the event is invalid.
    #[doc(alias = "_convert_chunk_to_generation_chunk")]
    fn read_event(&mut self, event: &Frame) -> Result<Option<AiMessageChunk>>;

    /// Reads a response that was not streamed.
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`read_event`](Self::read_event).
    #[doc(alias = "_create_chat_result")]
    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk>;

    /// Returns whether an event has marked the answer as complete. The model then waits at most 100
    /// ms for the end of the stream, and still reads the events that arrive in this time.
    fn is_complete(&self) -> bool;

    /// Called at the end of the stream. Returns a final chunk, if there is one.
    ///
    /// # Errors
    ///
    /// Returns [`Connection`](runnable_core::ErrorKind::Connection) if the stream ended before the
    /// answer was complete.
    fn finish(&mut self) -> Result<Option<AiMessageChunk>>;
}
