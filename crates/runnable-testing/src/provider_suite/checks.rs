//! The checks, one by one.

use std::{io, time::Duration};

use runnable_chat::{
    AiMessage, AiMessageChunk, CHAT_MODEL, ChatModel, FinishReason, Message, Usage,
};
use runnable_core::{Config, Error, ErrorKind, RunnableExt};
use runnable_events::StreamEvents;
use serde_json::Value;

use super::Wire;
pub use super::any_model::{
    a_call_that_nobody_polls_is_no_run, a_dropped_answer_leaves_the_model_as_it_was,
    a_stream_gives_the_answer_of_an_invoked_call, a_watched_call_gives_the_same_answer,
    calls_at_once_answer_as_alone, every_run_has_one_start_and_one_end,
    what_no_model_can_follow_is_refused,
};
use crate::{
    Recorder,
    server::{FakeServer, Gate, Received, Reply},
};

/// A key that no message may show.
const KEY: &str = "sk-never-to-be-shown";

const PIECES: [&str; 4] = ["Grüß", " dich,", " 🌍", "!"];

fn said() -> String {
    PIECES.concat()
}

fn usage() -> Usage {
    Usage::new(11, 4)
}

/// A streamed answer where one is asked for, and else a whole one: what services do.
fn good(wire: &impl Wire, request: &Received) -> Reply {
    match wants_stream(request) {
        true => Reply::events().piece(stream(wire)),
        false => Reply::json(200, &wire.whole(&said(), usage())),
    }
}

/// A service may have an address for each, or a field that says so.
fn wants_stream(request: &Received) -> bool {
    let asked = request.path().to_ascii_lowercase().contains("stream");
    asked || request.json()["stream"] == Value::Bool(true)
}

fn stream(wire: &impl Wire) -> String {
    let pieces = PIECES.map(|piece| wire.piece(piece)).concat();
    wire.begin() + &pieces + &wire.end(usage())
}

async fn serve(reply: Reply) -> FakeServer {
    ok(FakeServer::script([reply]).await)
}

pub(super) async fn serve_well<W: Wire + Clone>(wire: &W) -> FakeServer {
    let wire = wire.clone();
    ok(FakeServer::start(move |_, request| good(&wire, request)).await)
}

/// A check is a test: without a server there is none.
fn ok<T>(made: io::Result<T>) -> T {
    match made {
        Ok(made) => made,
        Err(error) => panic!("no server on the loopback interface: {error}"),
    }
}

pub(super) fn model(wire: &impl Wire, server: &FakeServer) -> ChatModel {
    wire.model(&server.url(), KEY)
}

#[track_caller]
fn answer(result: Result<AiMessage, Error>) -> AiMessage {
    result.unwrap_or_else(|error| panic!("a good answer was not understood: {error:?}"))
}

#[track_caller]
fn failure<T: std::fmt::Debug>(result: Result<T, Error>) -> Error {
    result.expect_err("a call that had to fail")
}

/// The run of a model has the model's name and kind, and says provider and model as tracing tools
/// know them.
pub async fn a_run_says_its_model_and_provider(wire: &(impl Wire + Clone)) {
    let server = serve_well(wire).await;
    let recorder = Recorder::new();
    let config = Config::new().listener(recorder.clone());
    answer(model(wire, &server).invoke("Hi").config(config).await);
    let events = recorder.events();
    let (run, names) = (&events[0].run, wire.names());
    assert_eq!((&*run.name, run.kind), (names.run, CHAT_MODEL));
    assert_eq!(run.metadata["ls_provider"], names.provider);
    assert_eq!(run.metadata["ls_model_name"], names.model);
    assert_eq!(run.metadata["ls_model_type"], "chat");
}

/// An invoked model gives text, usage, and why it stopped.
pub async fn a_whole_answer_has_text_usage_and_reason(wire: &(impl Wire + Clone)) {
    let server = serve_well(wire).await;
    let answer = answer(model(wire, &server).invoke("Hi").await);
    assert_eq!(answer.text(), said());
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
    let counted = answer.usage.map(|usage| (usage.input_tokens, usage.output_tokens));
    assert_eq!(counted, Some((11, 4)));
    assert_eq!(answer.provider.as_deref(), Some(wire.names().provider));
}

/// Each piece is given out before the service sends the next.
pub async fn pieces_come_as_they_are_sent(wire: &(impl Wire + Clone)) {
    let gates = PIECES.map(|_| Gate::new());
    let mut reply = Reply::events().piece(wire.begin());
    for (piece, gate) in PIECES.iter().zip(&gates) {
        reply = reply.piece(wire.piece(piece)).wait(gate);
    }
    let server = serve(reply.piece(wire.end(usage()))).await;
    let mut chunks = model(wire, &server).stream("Hi");
    for (piece, gate) in PIECES.iter().zip(&gates) {
        assert_eq!(next_text(&mut chunks).await, *piece);
        gate.open();
    }
    while let Some(chunk) = chunks.next().await {
        assert_eq!(chunk.map(|chunk| chunk.text().into_owned()).unwrap_or_default(), "");
    }
}

type Chunks = runnable_core::calls::RunStream<AiMessage>;

/// The next chunk that has text.
async fn next_text(chunks: &mut Chunks) -> String {
    loop {
        match chunks.next().await {
            Some(Ok(chunk)) if chunk.text().is_empty() => (),
            Some(Ok(chunk)) => return chunk.text().into_owned(),
            other => panic!("there was no further piece: {other:?}"),
        }
    }
}

/// It does not matter how the network cuts a stream: here, after every byte.
pub async fn an_answer_cut_anywhere_is_the_same(wire: &(impl Wire + Clone)) {
    let server = serve(Reply::events().bytewise(stream(wire))).await;
    let answer = answer(model(wire, &server).stream("Hi").gather().await);
    assert_eq!(answer.text(), said());
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
}

/// Dropping the stream of an answer closes its connection, which stops the service.
pub async fn dropping_a_stream_closes_the_connection(wire: &(impl Wire + Clone)) {
    let begun = wire.begin() + &wire.piece(PIECES[0]);
    let server = serve(Reply::events().piece(begun).stall()).await;
    let mut chunks = model(wire, &server).stream("Hi");
    assert_eq!(next_text(&mut chunks).await, PIECES[0]);
    assert_eq!(server.open(), 1);
    drop(chunks);
    server.all_closed().await;
}

/// A run ends once: with its end, an error, or cancelled.
pub async fn every_run_has_one_end_however_it_ends(wire: &(impl Wire + Clone)) {
    let begun = wire.begin() + &wire.piece(PIECES[0]);
    let replies = [
        Reply::events().piece(stream(wire)),
        Reply::json(500, &wire.error("out of order")),
        Reply::events().piece(&begun).close(),
        Reply::events().piece(&begun).stall(),
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let server = serve(reply).await;
        let recorder = Recorder::new();
        let config = Config::new().listener(recorder.clone());
        let mut events = model(wire, &server).stream_events("Hi").config(config);
        // The last is left after its first chunk of text.
        while let Some(Ok(event)) = events.next().await {
            if number == 3 && event.event() == "on_chat_model_stream" {
                break;
            }
        }
        drop(events);
        let ends = recorder.events().iter().filter(|event| event.is_terminal()).count();
        assert_eq!(ends, 1, "{:?}", recorder.script());
    }
}

/// The class of an error is that of its status, whole and streamed, with what the service said.
pub async fn an_error_has_the_class_of_its_status(wire: &(impl Wire + Clone)) {
    let statuses = [
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::Permission),
        (404, ErrorKind::NotFound),
        (429, ErrorKind::RateLimit),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
        (529, ErrorKind::Unavailable),
    ];
    for (status, kind) in statuses {
        let server = serve(Reply::json(status, &wire.error("so says the service"))).await;
        let model = model(wire, &server);
        for error in [failure(model.invoke("Hi").await), failure(model.stream("Hi").gather().await)]
        {
            assert_eq!(error.kind(), kind, "of {status}: {error}");
            assert!(error.message().contains("so says the service"), "{error}");
        }
        assert_eq!(server.requests().len(), 2, "{status} was tried again");
    }
}

/// How long a service asks to wait is on the error.
pub async fn a_wait_that_is_asked_for_is_told(wire: &(impl Wire + Clone)) {
    let reply = Reply::json(429, &wire.error("slowly")).header("retry-after", "7");
    let server = serve(reply).await;
    let error = failure(model(wire, &server).invoke("Hi").await);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

/// A stream that ends before its answer is complete is an error; nothing that came is lost.
pub async fn an_answer_that_breaks_off_is_an_error_that_keeps_what_came(
    wire: &(impl Wire + Clone),
) {
    let begun = wire.begin() + &wire.piece(PIECES[0]) + &wire.piece(PIECES[1]);
    for cut in [Reply::events().piece(&begun), Reply::events().piece(&begun).close()] {
        let server = serve(cut).await;
        breaks_off(wire, &server, ErrorKind::Connection).await;
    }
}

async fn breaks_off(wire: &impl Wire, server: &FakeServer, kind: ErrorKind) {
    let model = model(wire, server);
    let mut chunks = model.stream("Hi");
    assert_eq!(next_text(&mut chunks).await, PIECES[0]);
    assert_eq!(next_text(&mut chunks).await, PIECES[1]);
    let error = loop {
        match chunks.next().await {
            Some(Ok(chunk)) => assert_eq!(chunk.text(), ""),
            Some(Err(error)) => break error,
            None => panic!("an answer that broke off looked complete"),
        }
    };
    assert_eq!(error.kind(), kind, "{error}");

    let error = failure(model.stream("Hi").gather().await);
    let partial: Option<AiMessageChunk> = error.partial();
    assert_eq!(partial.map(|partial| partial.text().into_owned()), Some(PIECES[..2].concat()));
}

/// An error that the service writes into its answer has the class that it would have by itself.
pub async fn an_error_within_an_answer_keeps_what_came(wire: &(impl Wire + Clone)) {
    let Some(broken) = wire.error_event("the service is overloaded") else { return };
    let begun = wire.begin() + &wire.piece(PIECES[0]) + &wire.piece(PIECES[1]);
    let server = serve(Reply::events().piece(begun + &broken)).await;
    breaks_off(wire, &server, ErrorKind::Unavailable).await;
}

/// Something that is no answer is an error, and no panic: a page, half a document, nothing.
pub async fn an_answer_that_is_none_is_an_error(wire: &(impl Wire + Clone)) {
    let replies = [
        Reply::new(200).header("content-type", "text/html").piece("<title>Log in</title>"),
        Reply::new(200).header("content-type", "application/json").piece("{\"id\": "),
        Reply::new(200).header("content-type", "application/json").piece("[]"),
        Reply::new(200).header("content-type", "application/json"),
        Reply::events().piece("data: {\"half\n\n"),
        Reply::events().piece("data: \u{1}\n\n"),
        Reply::events(),
        Reply::raw().piece("HTTP/1.1 200").close(),
    ];
    for reply in replies {
        let server = serve(reply.clone()).await;
        let model = model(wire, &server);
        for error in [failure(model.invoke("Hi").await), failure(model.stream("Hi").gather().await)]
        {
            let fits = matches!(
                error.kind(),
                ErrorKind::Parse | ErrorKind::Connection | ErrorKind::EmptyStream
            );
            assert!(fits, "{reply:?}: {error:?}");
        }
    }
}

/// A service at which nobody listens is an error of its own class, which may be tried again.
pub async fn a_service_that_is_down_is_a_connection_error(wire: &(impl Wire + Clone)) {
    let nobody = ok(FakeServer::refusing().await);
    let error = failure(wire.model(&nobody, KEY).invoke("Hi").await);
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.is_transient());
}

/// The key shows in no `Debug`, no error and no event, also where the service says it back.
pub async fn a_key_is_never_shown(wire: &(impl Wire + Clone)) {
    if !wire.needs_key() {
        return;
    }
    let said_back = format!("the key {KEY} is wrong");
    let server = serve(Reply::json(401, &wire.error(&said_back))).await;
    let recorder = Recorder::new();
    let model = model(wire, &server);
    let config = Config::new().listener(recorder.clone());
    let error = failure(model.invoke("Hi").config(config).await);
    let request = &server.requests()[0];
    let sent = ["authorization", "x-api-key", "api-key"];
    let sent = sent.iter().filter_map(|name| request.header(name)).any(|key| key.contains(KEY));
    assert!(sent || request.path().contains(KEY), "the key did not reach the service");
    let shown = [
        format!("{model:?}"),
        format!("{error:?}"),
        error.to_string(),
        format!("{:?}", recorder.events()),
    ];
    for shown in shown {
        assert!(!shown.contains(KEY), "{shown}");
    }
}

/// Calls at once have connections of their own, and each gets the answer to its question.
pub async fn calls_at_once_keep_their_answers_apart(wire: &(impl Wire + Clone)) {
    let echo = wire.clone();
    let server = FakeServer::start(move |_, request| {
        let asked = request.json().to_string();
        let number = (0..20).find(|number| asked.contains(&format!("question {number}.")));
        let text = format!("answer {}", number.unwrap_or(usize::MAX));
        Reply::json(200, &echo.whole(&text, usage()))
    });
    let server = ok(server.await);
    let model = model(wire, &server);
    let questions = (0..20).map(|number| format!("question {number}."));
    let answers = model.batch(questions.map(Message::from)).max_concurrency(7).await;
    for (number, result) in answers.into_iter().enumerate() {
        assert_eq!(answer(result).text(), format!("answer {number}"));
    }
}
