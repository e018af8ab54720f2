//! The fake service of the suite, and helpers for calling the service.

use std::{io, time::Duration};

use runnable_chat::{AiMessage, ChatModel, Usage};
use runnable_core::{Error, calls::OutputStream};
use serde_json::Value;

use super::ServiceFixture;
use crate::server::{FakeServer, ReceivedRequest, Reply};

/// The API key that the models receive. It must not appear in errors, events and `Debug` output.
pub(super) const KEY: &str = "sk-never-to-be-shown";

/// The text chunks of the service's answer.
pub(super) const PIECES: [&str; 4] = ["Grüß", " dich,", " 🌍", "!"];

/// Returns the text of the complete answer.
pub(super) fn answer_text() -> String {
    PIECES.concat()
}

pub(super) fn usage() -> Usage {
    Usage::new(11, 4)
}

/// Returns the body of a complete streamed answer.
pub(super) fn stream(wire: &impl ServiceFixture) -> String {
    let pieces = PIECES.map(|piece| wire.stream_chunk(piece)).concat();
    wire.stream_start() + &pieces + &wire.stream_end(usage())
}

/// Returns the text in the truncated answer of [`truncated_stream`].
pub(super) fn partial_text() -> String {
    PIECES[..2].concat()
}

/// Returns the body of a streamed answer that is truncated after two chunks.
pub(super) fn truncated_stream(wire: &impl ServiceFixture) -> String {
    wire.stream_start() + &wire.stream_chunk(PIECES[0]) + &wire.stream_chunk(PIECES[1])
}

/// Returns the first part of the event that follows a [`truncated_stream`]. The event is truncated
/// inside a character, or in its middle if it contains only ASCII characters.
pub(super) fn half_an_event(wire: &impl ServiceFixture) -> Vec<u8> {
    let mut event = wire.stream_chunk(PIECES[2]).into_bytes();
    let inside = event.iter().position(|byte| !byte.is_ascii()).map(|first| first + 1);
    event.truncate(inside.unwrap_or(event.len() / 2));
    event
}

/// Returns a reply with a complete answer. The answer is streamed if the request asks for a stream.
fn good(wire: &impl ServiceFixture, request: &ReceivedRequest) -> Reply {
    if wants_stream(request) {
        Reply::events().piece(stream(wire))
    } else {
        Reply::json(200, &wire.response_body(&answer_text(), usage()))
    }
}

/// Returns `true` if the path of the request or its field `stream` asks for a streamed answer.
fn wants_stream(request: &ReceivedRequest) -> bool {
    let by_path = request.path().to_ascii_lowercase().contains("stream");
    by_path || request.json()["stream"] == Value::Bool(true)
}

pub(super) async fn serve(replies: impl IntoIterator<Item = Reply>) -> FakeServer {
    ok(FakeServer::script(replies).await)
}

pub(super) async fn serve_well<W: ServiceFixture + Clone>(wire: &W) -> FakeServer {
    let wire = wire.clone();
    ok(FakeServer::start(move |_, request| good(&wire, request)).await)
}

/// Returns the started server. Panics if the server did not start.
pub(super) fn ok<T>(started: io::Result<T>) -> T {
    match started {
        Ok(server) => server,
        Err(error) => panic!("cannot start a server on the loopback interface: {error}"),
    }
}

/// Waits until no connection is open. Panics if a connection is still open after a minute.
pub(super) async fn closed(server: &FakeServer) {
    let closed = tokio::time::timeout(Duration::from_secs(60), server.wait_until_closed());
    assert!(closed.await.is_ok(), "a connection is still open after the call");
}

pub(super) fn model(wire: &impl ServiceFixture, server: &FakeServer) -> ChatModel {
    wire.model(&server.url(), KEY)
}

#[track_caller]
pub(super) fn answer(result: Result<AiMessage, Error>) -> AiMessage {
    result.unwrap_or_else(|error| panic!("a valid answer must not be an error: {error:?}"))
}

#[track_caller]
pub(super) fn failure<T: std::fmt::Debug>(result: Result<T, Error>) -> Error {
    result.expect_err("the call must fail")
}

/// Skips chunks without text, and returns the text of the next chunk.
pub(super) async fn next_text(chunks: &mut OutputStream<AiMessage>) -> String {
    loop {
        match chunks.next().await {
            Some(Ok(chunk)) if chunk.text().is_empty() => (),
            Some(Ok(chunk)) => return chunk.text().into_owned(),
            other => panic!("expected another chunk with text, found {other:?}"),
        }
    }
}
