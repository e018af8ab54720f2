//! Services whose connection breaks, and answers that cannot be read to their end.

use runnable_chat::text;
use runnable_core::{ErrorKind, RunnableExt};

use crate::{
    provider_suite::{
        ServiceFixture,
        call::Call,
        fault::Fault,
        service::{
            KEY, PIECES, answer, begun, closed, half_an_event, model, ok, said, said_so_far, serve,
            serve_well, stream,
        },
    },
    server::{FakeServer, Gate, Reply},
};

/// A service at which nobody listens is an error of its own class, which may be tried again.
pub async fn a_service_that_is_down_is_a_connection_error(wire: &(impl ServiceFixture + Clone)) {
    let nobody = ok(FakeServer::refusing().await);
    let mut call = Call::of(&wire.model(&nobody, KEY));
    let (text, error) = call.fails().await;
    assert_eq!((error.kind(), &*text), (ErrorKind::Connection, ""), "{error}");
    assert!(error.is_transient());
    assert!(error.message().contains(nobody.trim_start_matches("http://")), "{error}");
    call.record().assert_ended("error");
}

/// A stream that fails after its first events, and before it says anything, is replaced by a fallback,
/// as the same call is when it is invoked.
pub async fn a_stream_that_fails_before_its_first_word_is_replaced(
    wire: &(impl ServiceFixture + Clone),
) {
    let begun = || Reply::events().piece(wire.stream_start());
    let says_so = wire.error_event("overloaded").map(|event| begun().piece(event));
    for reply in says_so.into_iter().chain([begun().close()]) {
        let (broken, spare) = (serve([reply]).await, serve_well(wire).await);
        let chain = model(wire, &broken).with_fallback(model(wire, &spare)).pipe(text());
        let mut call = chain.stream("Hi");
        let mut pieces = Vec::new();
        while let Some(piece) = call.next().await {
            match piece {
                Ok(piece) => pieces.push(piece),
                Err(error) => panic!("the spare model was not asked: {error:?}"),
            }
        }
        assert_eq!(pieces, PIECES);
    }
}

/// What breaks before the answer begins is tried again by a model that does so.
pub async fn what_breaks_before_an_answer_is_a_connection_error_that_may_pass(
    wire: &(impl ServiceFixture + Clone),
) {
    let half = || Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-");
    for (what, reply) in [
        ("hangs up", Reply::raw().close()),
        ("resets the connection", Reply::raw().reset()),
        ("hangs up within the head", half().close()),
        ("resets the connection within the head", half().reset()),
    ] {
        Fault::new(what, reply.clone(), ErrorKind::Connection).expect_transient().check(wire).await;

        let server = serve([reply, Reply::events().piece(stream(wire))]).await;
        let Some(model) = wire.retrying_model(&server.url(), KEY) else { continue };
        let call = Call::of(&model);
        let record = call.record();
        assert_eq!(answer(call.chunks.concat().await).text(), said(), "{what}");
        assert_eq!(server.requests().len(), 2, "{what}");
        record.assert_ended("end");
    }
}

/// A stream that ends before its answer is complete is an error; nothing that came is lost, and
/// nothing is asked again.
pub async fn an_answer_that_breaks_off_is_an_error_that_keeps_what_came(
    wire: &(impl ServiceFixture + Clone),
) {
    let (begun, half) = (begun(wire), half_an_event(wire));
    let events = || Reply::events().piece(&begun);
    let until_close = || Reply::events().until_close().piece(&begun);
    let short = Reply::new(200).header("content-type", "text/event-stream");
    for (what, reply) in [
        ("ends too early", events()),
        ("ends within an event", events().piece(&half)),
        ("hangs up between events", events().close()),
        ("hangs up within one", events().piece(&half).close()),
        ("sends less than it said", short.header("content-length", "9999").piece(&begun).close()),
        ("sends byte by byte, then hangs up", Reply::events().bytewise(&begun).close()),
        ("ends by hanging up, and too early", until_close()),
        ("ends by hanging up, within an event", until_close().piece(&half)),
    ] {
        Fault::new(what, reply, ErrorKind::Connection)
            .expect_partial(said_so_far())
            .check(wire)
            .await;
    }
}

/// What cannot be read ends the answer, though the service would go on; nothing that came is lost.
pub async fn an_answer_that_cannot_be_read_on_is_an_error_that_keeps_what_came(
    wire: &(impl ServiceFixture + Clone),
) {
    for (what, bytes) in [
        ("sends what is not UTF-8", &b"data: \xFF\n\n"[..]),
        ("sends what is no JSON", b"data: <b>\n\n"),
    ] {
        let reply = Reply::events().piece(begun(wire)).piece(bytes).stall();
        Fault::new(what, reply, ErrorKind::Parse).expect_partial(said_so_far()).check(wire).await;
    }
}

/// What was read before a connection is reset has been given out.
pub async fn a_reset_within_an_answer_loses_nothing_that_was_read(
    wire: &(impl ServiceFixture + Clone),
) {
    for rest in [Vec::new(), half_an_event(wire)] {
        let gate = Gate::new();
        let reply = Reply::events().piece(begun(wire)).piece(rest).wait(&gate).reset();
        let server = serve([reply]).await;
        let mut call = Call::of(&model(wire, &server));
        call.says(&PIECES[..2]).await;
        // What is on its way when a connection is reset may be lost.
        gate.open();
        let (rest, error) = call.fails().await;
        assert_eq!((error.kind(), &*rest), (ErrorKind::Connection, ""), "{error}");
        assert_eq!(server.requests().len(), 1);
        call.record().assert_ended("error");
        closed(&server).await;
    }
}
