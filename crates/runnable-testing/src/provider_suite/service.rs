//! The service that the suite plays, and the model that asks it.

use std::{io, time::Duration};

use runnable_chat::{AiMessage, ChatModel, Usage};
use runnable_core::{Error, calls::OutputStream};
use serde_json::Value;

use super::ServiceFixture;
use crate::server::{FakeServer, ReceivedRequest, Reply};

/// A key that no message may show.
pub(super) const KEY: &str = "sk-never-to-be-shown";

/// What the service says, as it streams it.
pub(super) const PIECES: [&str; 4] = ["Grüß", " dich,", " 🌍", "!"];

pub(super) fn said() -> String {
    PIECES.concat()
}

pub(super) fn usage() -> Usage {
    Usage::new(11, 4)
}

/// A streamed answer.
pub(super) fn stream(wire: &impl ServiceFixture) -> String {
    let pieces = PIECES.map(|piece| wire.stream_chunk(piece)).concat();
    wire.stream_start() + &pieces + &wire.stream_end(usage())
}

/// What there is of an answer that has [`begun`].
pub(super) fn said_so_far() -> String {
    PIECES[..2].concat()
}

/// An answer that has begun.
pub(super) fn begun(wire: &impl ServiceFixture) -> String {
    wire.stream_start() + &wire.stream_chunk(PIECES[0]) + &wire.stream_chunk(PIECES[1])
}

/// The beginning of its next event, up to within a character, if the wire writes it as it is.
pub(super) fn half_an_event(wire: &impl ServiceFixture) -> Vec<u8> {
    let mut event = wire.stream_chunk(PIECES[2]).into_bytes();
    let within = event.iter().position(|byte| !byte.is_ascii()).map(|first| first + 1);
    event.truncate(within.unwrap_or(event.len() / 2));
    event
}

/// A streamed answer where one is asked for, and else a whole one: what services do.
fn good(wire: &impl ServiceFixture, request: &ReceivedRequest) -> Reply {
    match wants_stream(request) {
        true => Reply::events().piece(stream(wire)),
        false => Reply::json(200, &wire.response_body(&said(), usage())),
    }
}

/// A service may have an address for each, or a field that says so.
fn wants_stream(request: &ReceivedRequest) -> bool {
    let asked = request.path().to_ascii_lowercase().contains("stream");
    asked || request.json()["stream"] == Value::Bool(true)
}

pub(super) async fn serve(replies: impl IntoIterator<Item = Reply>) -> FakeServer {
    ok(FakeServer::script(replies).await)
}

pub(super) async fn serve_well<W: ServiceFixture + Clone>(wire: &W) -> FakeServer {
    let wire = wire.clone();
    ok(FakeServer::start(move |_, request| good(&wire, request)).await)
}

/// A check is a test: without a server there is none.
pub(super) fn ok<T>(made: io::Result<T>) -> T {
    match made {
        Ok(made) => made,
        Err(error) => panic!("no server on the loopback interface: {error}"),
    }
}

/// Waits until no connection is open: a moment, and a minute if one is not going to be closed.
pub(super) async fn closed(server: &FakeServer) {
    let closed = tokio::time::timeout(Duration::from_secs(60), server.wait_until_closed());
    assert!(closed.await.is_ok(), "a connection is open that nobody needs");
}

pub(super) fn model(wire: &impl ServiceFixture, server: &FakeServer) -> ChatModel {
    wire.model(&server.url(), KEY)
}

#[track_caller]
pub(super) fn answer(result: Result<AiMessage, Error>) -> AiMessage {
    result.unwrap_or_else(|error| panic!("a good answer was not understood: {error:?}"))
}

#[track_caller]
pub(super) fn failure<T: std::fmt::Debug>(result: Result<T, Error>) -> Error {
    result.expect_err("a call that had to fail")
}

/// The next chunk that has text.
pub(super) async fn next_text(chunks: &mut OutputStream<AiMessage>) -> String {
    loop {
        match chunks.next().await {
            Some(Ok(chunk)) if chunk.text().is_empty() => (),
            Some(Ok(chunk)) => return chunk.text().into_owned(),
            other => panic!("there was no further piece: {other:?}"),
        }
    }
}
