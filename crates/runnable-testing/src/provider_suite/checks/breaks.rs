//! Checks with connections that fail, and with answers that are truncated or become invalid.

use runnable_chat::text;
use runnable_core::{ErrorKind, RunnableExt};

use crate::{
    provider_suite::{
        ServiceFixture,
        call::Call,
        fault::Fault,
        service::{
            KEY, PIECES, answer, answer_text, closed, half_an_event, model, ok, partial_text,
            serve, serve_well, stream, truncated_stream,
        },
    },
    server::{FakeServer, Gate, Reply},
};

/// Checks that a refused connection is a transient error of kind [`ErrorKind::Connection`].
pub async fn a_service_that_is_down_is_a_connection_error(wire: &(impl ServiceFixture + Clone)) {
    let url = ok(FakeServer::refusing().await);
    let mut call = Call::of(&wire.model(&url, KEY));
    let (text, error) = call.read_to_error().await;
    assert_eq!((error.kind(), &*text), (ErrorKind::Connection, ""), "{error}");
    assert!(error.is_transient());
    assert!(error.message().contains(url.trim_start_matches("http://")), "{error}");
    call.record().assert_ended("error");
}

/// Checks that a fallback is used if a stream fails before its first text.
pub async fn a_stream_that_fails_before_its_first_word_is_replaced(
    wire: &(impl ServiceFixture + Clone),
) {
    let started = || Reply::events().piece(wire.stream_start());
    let with_error = wire.error_event("overloaded").map(|event| started().piece(event));
    for reply in with_error.into_iter().chain([started().close()]) {
        let (broken, working) = (serve([reply]).await, serve_well(wire).await);
        let chain = model(wire, &broken).with_fallback(model(wire, &working)).pipe(text());
        let mut call = chain.stream("Hi");
        let mut pieces = Vec::new();
        while let Some(piece) = call.next().await {
            match piece {
                Ok(piece) => pieces.push(piece),
                Err(error) => panic!("the fallback was not called: {error:?}"),
            }
        }
        assert_eq!(pieces, PIECES);
    }
}

/// Checks that a connection that fails before the answer is a transient error, and that the call is
/// retried.
pub async fn what_breaks_before_an_answer_is_a_connection_error_that_may_pass(
    wire: &(impl ServiceFixture + Clone),
) {
    let half = || Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-");
    for (what, reply) in [
        ("closes the connection", Reply::raw().close()),
        ("resets the connection", Reply::raw().reset()),
        ("closes the connection within the head", half().close()),
        ("resets the connection within the head", half().reset()),
    ] {
        Fault::new(what, reply.clone(), ErrorKind::Connection).expect_transient().check(wire).await;

        let server = serve([reply, Reply::events().piece(stream(wire))]).await;
        let Some(model) = wire.retrying_model(&server.url(), KEY) else { continue };
        let call = Call::of(&model);
        let record = call.record();
        assert_eq!(answer(call.chunks.concat().await).text(), answer_text(), "{what}");
        assert_eq!(server.requests().len(), 2, "{what}");
        record.assert_ended("end");
    }
}

/// Checks that a truncated stream is an error that contains the text so far, and that the call is
/// not retried.
pub async fn an_answer_that_breaks_off_is_an_error_that_keeps_what_came(
    wire: &(impl ServiceFixture + Clone),
) {
    let (truncated_stream, half) = (truncated_stream(wire), half_an_event(wire));
    let events = || Reply::events().piece(&truncated_stream);
    let until_close = || Reply::events().until_close().piece(&truncated_stream);
    let short = Reply::new(200).header("content-type", "text/event-stream");
    for (what, reply) in [
        ("ends the body too early", events()),
        ("ends the body within an event", events().piece(&half)),
        ("closes the connection between events", events().close()),
        ("closes the connection within an event", events().piece(&half).close()),
        (
            "sends less than its content length",
            short.header("content-length", "9999").piece(&truncated_stream).close(),
        ),
        (
            "sends byte by byte and closes the connection",
            Reply::events().bytewise(&truncated_stream).close(),
        ),
        ("ends the body by closing the connection too early", until_close()),
        ("ends the body by closing the connection within an event", until_close().piece(&half)),
    ] {
        Fault::new(what, reply, ErrorKind::Connection)
            .expect_partial(partial_text())
            .check(wire)
            .await;
    }
}

/// Checks that an invalid event in a stream is an error that contains the text so far.
pub async fn an_answer_that_cannot_be_read_on_is_an_error_that_keeps_what_came(
    wire: &(impl ServiceFixture + Clone),
) {
    for (what, bytes) in
        [("sends invalid UTF-8", &b"data: \xFF\n\n"[..]), ("sends invalid JSON", b"data: <b>\n\n")]
    {
        let reply = Reply::events().piece(truncated_stream(wire)).piece(bytes).stall();
        Fault::new(what, reply, ErrorKind::Parse).expect_partial(partial_text()).check(wire).await;
    }
}

/// Checks that all chunks that were received before the connection is reset are yielded.
pub async fn a_reset_within_an_answer_loses_nothing_that_was_read(
    wire: &(impl ServiceFixture + Clone),
) {
    for rest in [Vec::new(), half_an_event(wire)] {
        let gate = Gate::new();
        let reply = Reply::events().piece(truncated_stream(wire)).piece(rest).wait(&gate).reset();
        let server = serve([reply]).await;
        let mut call = Call::of(&model(wire, &server));
        call.assert_texts(&PIECES[..2]).await;
        // Reset the connection only after the chunks were read, because a reset may discard data
        // that has not been read.
        gate.open();
        let (rest, error) = call.read_to_error().await;
        assert_eq!((error.kind(), &*rest), (ErrorKind::Connection, ""), "{error}");
        assert_eq!(server.requests().len(), 1);
        call.record().assert_ended("error");
        closed(&server).await;
    }
}
