//! Checks with services that answer successfully.

use runnable_chat::{FinishReason, Message};
use runnable_core::RunnableExt;

use crate::{
    provider_suite::{
        ServiceFixture,
        call::Call,
        service::{
            PIECES, answer, answer_text, closed, model, next_text, ok, serve, serve_well, stream,
            usage,
        },
    },
    server::{FakeServer, Gate, Reply},
};

/// Checks the text, the usage, the finish reason and the provider of an answer of `invoke`.
pub async fn a_whole_answer_has_text_usage_and_reason(wire: &(impl ServiceFixture + Clone)) {
    let server = serve_well(wire).await;
    let answer = answer(model(wire, &server).invoke("Hi").await);
    assert_eq!(answer.text(), answer_text());
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
    let tokens = answer.usage.map(|usage| (usage.input_tokens, usage.output_tokens));
    assert_eq!(tokens, Some((11, 4)));
    assert_eq!(answer.provider.as_deref(), Some(wire.expected_run().provider));
}

/// Checks that the model yields each chunk before the service sends the next chunk.
pub async fn pieces_come_as_they_are_sent(wire: &(impl ServiceFixture + Clone)) {
    let gates = PIECES.map(|_| Gate::new());
    let mut reply = Reply::events().piece(wire.stream_start());
    for (piece, gate) in PIECES.iter().zip(&gates) {
        reply = reply.piece(wire.stream_chunk(piece)).wait(gate);
    }
    let server = serve([reply.piece(wire.stream_end(usage()))]).await;
    let mut chunks = model(wire, &server).stream("Hi");
    for (piece, gate) in PIECES.iter().zip(&gates) {
        assert_eq!(next_text(&mut chunks).await, *piece);
        gate.open();
    }
    while let Some(chunk) = chunks.next().await {
        assert_eq!(chunk.map(|chunk| chunk.text().into_owned()).unwrap_or_default(), "");
    }
}

/// Checks that the model accepts a complete answer that is transferred in an unusual way.
///
/// For example, the response is sent byte by byte, or has no `content-length`.
pub async fn an_answer_that_is_odd_but_whole_is_an_answer(wire: &(impl ServiceFixture + Clone)) {
    let whole = stream(wire);
    for (what, reply) in [
        ("sends byte by byte", Reply::events().bytewise(&whole)),
        ("sends neither a length nor chunks", Reply::events().until_close().piece(&whole)),
        ("does not terminate the last line", Reply::events().piece(whole.trim_end())),
        ("keeps the connection open after the end", Reply::events().piece(&whole).stall()),
    ] {
        let server = serve([reply]).await;
        let call = Call::of(&model(wire, &server));
        let record = call.record();
        let answer = answer(call.chunks.concat().await);
        assert_eq!(answer.text(), answer_text(), "a service that {what}");
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop), "a service that {what}");
        record.assert_ended("end");
        closed(&server).await;
    }
}

/// Checks that each of several concurrent calls receives the answer to its own question.
pub async fn calls_at_once_keep_their_answers_apart(wire: &(impl ServiceFixture + Clone)) {
    let echo = wire.clone();
    let server = FakeServer::start(move |_, request| {
        let body = request.json().to_string();
        let number = (0..20).find(|number| body.contains(&format!("question {number}.")));
        let text = format!("answer {}", number.unwrap_or(usize::MAX));
        Reply::json(200, &echo.response_body(&text, usage()))
    });
    let server = ok(server.await);
    let model = model(wire, &server);
    let questions = (0..20).map(|number| format!("question {number}."));
    let answers = model.batch(questions.map(Message::from)).max_concurrency(7).await;
    for (number, result) in answers.into_iter().enumerate() {
        assert_eq!(answer(result).text(), format!("answer {number}"));
    }
}
