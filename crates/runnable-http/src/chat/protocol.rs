//! What a provider writes of its API.

use std::fmt;

use http::HeaderMap;
use runnable_chat::{AiMessageChunk, model::ChatRequest};
use runnable_core::Result;

use super::ApiRequest;
use crate::Frame;

/// A chat API as plain data: how a request is written, and an answer read. It does no I/O; a
/// [`HttpChatModel`](super::HttpChatModel) does.
pub trait ChatProtocol: fmt::Debug + Send + Sync + 'static {
    /// What reads one answer.
    type Reader: ChatReader;

    /// Writes the request of a call.
    ///
    /// # Errors
    ///
    /// Of kind [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) for what the API cannot be
    /// asked, naming it.
    fn encode(&self, request: &ChatRequest) -> Result<ApiRequest>;

    /// A reader for the answer to this call.
    fn reader(&self, request: &ChatRequest) -> Self::Reader;
}

/// Reads one answer, whole or as it is streamed: one reader for both, so that they cannot drift
/// apart.
///
/// The work is to be linear in what came: find things by key, and refuse more of them than an answer
/// may have ([`too_many`](super::too_many)). An answer or an event that is long is read on another
/// thread.
pub trait ChatReader: Send + Unpin + 'static {
    /// Reads the headers, before anything else.
    fn read_headers(&mut self, _headers: &HeaderMap) {}

    /// Reads an event of a streamed answer, and gives what it adds, if anything.
    ///
    /// # Errors
    ///
    /// An [`ApiError`](crate::ApiError) that the service wrote into the stream, or of kind
    /// [`Parse`](runnable_core::ErrorKind::Parse) for what cannot be read.
    fn read_event(&mut self, event: &Frame) -> Result<Option<AiMessageChunk>>;

    /// Reads an answer that came whole.
    ///
    /// # Errors
    ///
    /// As [`read_event`](Self::read_event).
    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk>;

    /// Whether the stream has said that the answer is complete. The stream is not waited for any
    /// longer than a moment then; events that come within it are still read.
    fn is_complete(&self) -> bool;

    /// Called when the stream has ended: what is still to be told.
    ///
    /// # Errors
    ///
    /// Of kind [`Connection`](runnable_core::ErrorKind::Connection) if the answer was cut short.
    fn finish(&mut self) -> Result<Option<AiMessageChunk>>;
}
