//! A model whose server fails, in every way that servers fail: the class of the error, what is kept
//! of the answer, how often the service was asked; and each time, a run that ends once, and a
//! connection that is closed.

use std::{io::Write as _, time::Duration};

use futures::{StreamExt, future::join, stream};
use providers_http::{ApiError, RetryPolicy};
use providers_openai::openai;
use runnable_chat::{AiMessageChunk, prelude::*};
use runnable_core::{TimeoutPhase, calls::RunStream};
use runnable_testing::{
    Recorder,
    server::{FakeServer, Gate, Reply},
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// A model that tries again at once, so that no time has to pass.
fn model(url: &str) -> ChatModel {
    let policy = RetryPolicy::default().first_wait(Duration::ZERO);
    openai("gpt-4o-mini")
        .environment(|_| None)
        .base_url(url)
        .api_key("sk-123")
        .http(move |client| client.no_proxy().retry(policy).max_frame(1 << 15))
        .build()
        .expect("it can be built")
}

async fn serve(replies: impl IntoIterator<Item = Reply>) -> FakeServer {
    FakeServer::script(replies).await.expect("there is a free port")
}

/// An event that brings this text.
fn says(text: &str) -> String {
    let delta = json!({"content": text});
    let choice = json!({"index": 0, "delta": delta, "finish_reason": null});
    format!("data: {}\n\n", json!({"id": "1", "model": "m", "choices": [choice]}))
}

const END: &str = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\
                   \"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// An answer that has begun.
fn begun() -> Reply {
    Reply::events().piece(says("Hel")).piece(says("lo"))
}

/// The same of a server that ends its answers by hanging up.
fn begun_until_close() -> Reply {
    Reply::events().until_close().piece(says("Hel") + &says("lo"))
}

fn page(status: u16, title: &str) -> Reply {
    let page = format!("<!doctype html><html><head><title>{title}</title></head></html>");
    Reply::new(status).header("content-type", "text/html").piece(page)
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn gzip(body: &[u8]) -> Reply {
    Reply::events().until_close().header("content-encoding", "gzip").piece(body)
}

/// A stream, and what is recorded of its run.
fn call(model: &ChatModel) -> (RunStream<AiMessage>, Recorder) {
    let recorder = Recorder::new();
    let config = Config::new().listener(recorder.clone());
    (model.stream("Hi").config(config), recorder)
}

/// What a stream brings up to its error.
async fn hear(chunks: &mut RunStream<AiMessage>) -> (String, Error) {
    let mut text = String::new();
    loop {
        match chunks.next().await {
            Some(Ok(chunk)) => text.push_str(&chunk.text()),
            Some(Err(error)) => {
                assert!(chunks.next().await.is_none(), "nothing comes after an error");
                return (text, error);
            }
            None => panic!("an answer that broke looked complete: {text}"),
        }
    }
}

/// The run of a call that failed has told its pieces, and then that, once.
#[track_caller]
fn assert_failed_once(recorder: &Recorder, what: &str) {
    let script = recorder.script();
    let ends = recorder.events().iter().filter(|event| event.is_terminal()).count();
    assert_eq!(ends, 1, "{what}: {script:?}");
    let last = script.last().map(String::as_str);
    assert_eq!(last, Some("on_chat_model_error ChatOpenAI"), "{what}");
}

fn partial(error: &Error) -> String {
    let partial: Option<AiMessageChunk> = error.partial();
    partial.map(|partial| partial.text().into_owned()).unwrap_or_default()
}

/// A call of a model at a server that always does this, streamed, gathered and invoked, fails like
/// this, keeps this much of the answer, and asks this often.
async fn fails(what: &str, reply: Reply, kind: ErrorKind, kept: &str, requests: usize) -> Error {
    let server = serve([reply.clone()]).await;
    let streaming = model(&server.url());
    let (mut chunks, recorder) = call(&streaming);
    let (text, error) = hear(&mut chunks).await;
    assert_eq!((error.kind(), &*text), (kind, kept), "streamed, it {what}: {error}");
    assert_eq!(server.requests().len(), requests, "streamed, it {what}: {error}");
    assert_failed_once(&recorder, what);
    if !kept.is_empty() {
        // Though the stream is still held.
        server.all_closed().await;
    }
    drop((streaming, chunks));
    server.all_closed().await;

    let server = serve([reply.clone()]).await;
    let (chunks, recorder) = call(&model(&server.url()));
    let error = chunks.gather().await.expect_err(what);
    assert_eq!((error.kind(), &*partial(&error)), (kind, kept), "gathered, it {what}: {error}");
    assert_eq!(server.requests().len(), requests, "gathered, it {what}: {error}");
    assert_failed_once(&recorder, what);
    server.all_closed().await;

    let server = serve([reply]).await;
    let error = model(&server.url()).invoke("Hi").await.expect_err(what);
    assert_eq!((error.kind(), &*partial(&error)), (kind, kept), "invoked, it {what}: {error}");
    assert_eq!(server.requests().len(), requests, "invoked, it {what}: {error}");
    server.all_closed().await;
    error
}

#[tokio::test]
async fn a_server_that_refuses_is_named() {
    let url = FakeServer::refusing().await.expect("there is a free port");
    let (mut chunks, recorder) = call(&model(&url));
    let (text, error) = hear(&mut chunks).await;
    assert_eq!((error.kind(), &*text), (ErrorKind::Connection, ""), "{error}");
    assert!(error.message().contains(url.trim_start_matches("http://")), "{error}");
    assert_failed_once(&recorder, "refuses");
}

#[tokio::test]
async fn what_breaks_before_the_answer_is_tried_again() {
    use ErrorKind::Connection;
    let half = || Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-");
    for (what, reply) in [
        ("hangs up", Reply::raw().close()),
        ("resets", Reply::raw().reset()),
        ("hangs up within the head", half().close()),
        ("resets within the head", half().reset()),
        ("speaks another language", Reply::raw().piece("SSH-2.0-OpenSSH_9.9\r\n").close()),
    ] {
        fails(what, reply.clone(), Connection, "", 3).await;

        let server = serve([reply, Reply::events().piece(says("Hello")).piece(END)]).await;
        let (chunks, recorder) = call(&model(&server.url()));
        let answer = chunks.gather().await.expect("the second attempt is answered");
        assert_eq!((&*answer.text(), server.requests().len()), ("Hello", 2), "{what}");
        let ends = recorder.events().iter().filter(|event| event.is_terminal()).count();
        assert_eq!(ends, 1, "{what}");
    }
}

#[tokio::test]
async fn what_breaks_within_the_answer_keeps_it_and_is_not_tried_again() {
    use ErrorKind::{Connection, Parse};
    let bytes = says("Hel") + &says("lo");
    let zipped = packed(&bytes);
    let cut = Reply::new(200).header("content-type", "text/event-stream");
    for (what, reply, kind) in [
        ("hangs up between events", begun().close(), Connection),
        ("hangs up within one", begun().piece("data: {\"id\": \"1\", \"cho").close(), Connection),
        (
            "sends too little",
            cut.header("content-length", "9999").piece(&bytes).close(),
            Connection,
        ),
        ("sends byte by byte, then hangs up", Reply::events().bytewise(&bytes).close(), Connection),
        ("ends without saying so", begun_until_close(), Connection),
        (
            "ends within an event",
            begun_until_close().piece("data: {\"id\": \"1\", \"cho"),
            Connection,
        ),
        ("sends what is not UTF-8", begun().piece(b"data: \xFF\n\n").stall(), Parse),
        ("sends what is not JSON", begun().piece("data: <b>\n\n").stall(), Parse),
        (
            "sends a line without end",
            begun().piece("data: ").piece("x".repeat(1 << 16)).stall(),
            Parse,
        ),
        ("cuts its gzip", gzip(&zipped[..zipped.len() - 4]), Connection),
        ("breaks its gzip", gzip(&[&*zipped, b"which is certainly no gzip"].concat()), Parse),
    ] {
        fails(what, reply, kind, "Hello", 1).await;
    }
}

#[tokio::test]
async fn a_reset_within_the_answer_loses_nothing_that_was_read() {
    for rest in ["", "data: {\"id\""] {
        let gate = Gate::new();
        let server = serve([begun().piece(rest).wait(&gate).reset()]).await;
        let (mut chunks, recorder) = call(&model(&server.url()));
        for expected in ["Hel", "lo"] {
            let chunk = chunks.next().await.expect("it goes on").expect("it is sound");
            assert_eq!(chunk.text(), expected);
        }
        // What is on its way when a connection is reset may be lost.
        gate.open();
        let (rest, error) = hear(&mut chunks).await;
        assert_eq!((error.kind(), &*rest), (ErrorKind::Connection, ""), "{error}");
        assert_eq!(server.requests().len(), 1);
        assert_failed_once(&recorder, "resets");
        server.all_closed().await;
    }
}

#[tokio::test]
async fn an_error_within_the_answer_has_its_own_class() {
    use ErrorKind::{ContentFilter, RateLimit, Unavailable};
    let error = |kind: &str| json!({"error": {"message": "so it says", "type": kind}});
    let broken = error("server_error");
    let mut within: Value = json!({"id": "1", "choices": [{"index": 0, "delta": {}}]});
    within["error"] = json!({"message": "so it says", "code": 502});
    for (what, text, kind) in [
        ("says it in an event", format!("data: {broken}\n\n"), Unavailable),
        ("names the event", format!("event: error\ndata: {broken}\n\n"), Unavailable),
        ("says it within a choice", format!("data: {within}\n\n"), Unavailable),
        ("says it outside of events", format!("{broken}\n\n"), Unavailable),
        ("limits", format!("data: {}\n\n", error("rate_limit_exceeded")), RateLimit),
        ("filters", format!("data: {}\n\n", error("content_filter")), ContentFilter),
    ] {
        let error = fails(what, begun().piece(text).stall(), kind, "Hello", 1).await;
        assert!(error.message().contains("so it says"), "it {what}: {error}");
        assert!(error.downcast_ref::<ApiError>().is_some(), "it {what}: {error:?}");
    }
}

#[tokio::test]
async fn a_status_is_tried_again_as_often_as_makes_sense() {
    use ErrorKind::{
        Authentication, Connection, InvalidRequest, NotFound, Parse, Permission, RateLimit,
        Unavailable,
    };
    let status = |status| Reply::json(status, &json!({"error": {"message": "so it says"}}));
    let quota = json!({"error": {"code": "insufficient_quota", "message": "so it says"}});
    let redirect = Reply::new(307).header("location", "https://so.it.says.example/v2");
    let half = |status| {
        let head = Reply::new(status).header("content-type", "application/json");
        head.header("content-length", "99").piece("{\"so it says").close()
    };
    for (what, reply, kind, requests) in [
        ("is asked wrongly", status(400), InvalidRequest, 1),
        ("does not know the key", status(401), Authentication, 1),
        ("forbids it", status(403), Permission, 1),
        ("has no such model", status(404), NotFound, 1),
        ("has no credit", Reply::json(429, &quota), RateLimit, 1),
        ("limits", status(429), RateLimit, 3),
        ("fails", status(500), Unavailable, 3),
        ("cannot do that", status(501), Unavailable, 1),
        ("is down", status(503), Unavailable, 3),
        ("is overloaded", status(529), Unavailable, 3),
        ("stands behind a page", page(502, "so it says"), Unavailable, 3),
        ("breaks within its error", half(503), Unavailable, 3),
        ("is a page", page(200, "so it says"), Parse, 1),
        ("is somewhere else", redirect, InvalidRequest, 1),
        ("breaks within a whole answer", half(200), Connection, 1),
    ] {
        let error = fails(what, reply, kind, "", requests).await;
        let told = error.message().contains("so it says") || error.message().contains("so.it.says");
        assert!(told || what.starts_with("breaks"), "it {what}: {error}");
    }
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_in_every_spelling() {
    let days = 30 * 24 * 60 * 60;
    let says = json!({"error": {"message": "slowly", "type": "rate_limit_exceeded"}});
    for (name, value, seconds) in [
        ("retry-after", "90", 90.0),
        ("retry-after", "90.5", 90.5),
        ("retry-after", "2m", 120.0),
        ("retry-after", "Fri, 31 Dec 2100 23:59:59 GMT", f64::from(days)),
        ("retry-after-ms", "90000", 90.0),
        ("x-ratelimit-reset-requests", "1m30s", 90.0),
    ] {
        let reply = Reply::json(429, &says).header(name, value);
        // That is too long to be waited for unasked.
        let error = fails("limits", reply, ErrorKind::RateLimit, "", 1).await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs_f64(seconds)), "{name}: {value}");
    }
    for (name, value) in [("retry-after", "0"), ("retry-after-ms", "1")] {
        let reply = Reply::json(429, &says).header(name, value);
        fails("limits for a moment", reply, ErrorKind::RateLimit, "", 3).await;
    }
}

/// The clock is stopped when there is nothing but the server to wait for: it then jumps to the
/// limit.
#[tokio::test]
async fn a_server_that_does_not_answer_is_left_after_ten_minutes() {
    for reply in [Reply::raw().stall(), Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-").stall()] {
        let server = serve([reply]).await;
        let (mut chunks, recorder) = call(&model(&server.url()));
        let asked = async {
            server.received(1).await;
            tokio::time::pause();
            Instant::now()
        };
        let ((text, error), start) = join(hear(&mut chunks), asked).await;
        assert_eq!((error.kind(), &*text), (ErrorKind::Timeout, ""), "{error}");
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::FirstChunk));
        assert!(start.elapsed().abs_diff(10 * MINUTE) < SECOND, "{:?}", start.elapsed());
        assert_eq!(server.requests().len(), 1, "it may be computing");
        assert_failed_once(&recorder, "stalls");
        server.all_closed().await;
        tokio::time::resume();
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_server_that_falls_silent_is_left_after_two_minutes() {
    for rest in ["", "data: {\"id\""] {
        let server = serve([begun().piece(rest).stall()]).await;
        let (mut chunks, recorder) = call(&model(&server.url()));
        for expected in ["Hel", "lo"] {
            let chunk = chunks.next().await.expect("it goes on").expect("it is sound");
            assert_eq!(chunk.text(), expected);
        }
        tokio::time::pause();
        let start = Instant::now();
        let (rest, error) = hear(&mut chunks).await;
        assert_eq!((error.kind(), &*rest), (ErrorKind::Timeout, ""), "{error}");
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Silence));
        assert!(start.elapsed().abs_diff(2 * MINUTE) < SECOND, "{:?}", start.elapsed());
        assert_eq!(server.requests().len(), 1);
        assert_failed_once(&recorder, "falls silent");
        server.all_closed().await;
        tokio::time::resume();
    }
}

#[tokio::test]
async fn what_is_odd_but_whole_is_an_answer() {
    let whole = says("Hel") + &says("lo") + END;
    let unmarked = whole.replace("data: [DONE]\n\n", "");
    let other = Reply::new(200).header("content-type", "application/octet-stream");
    for (what, reply) in [
        ("sends byte by byte", Reply::events().bytewise(&whole)),
        ("sends gzip that nobody asked for", gzip(&packed(&whole))),
        ("sends gzip byte by byte", gzip(&[]).bytewise(packed(&whole))),
        ("gives neither length nor chunks", Reply::events().until_close().piece(&whole)),
        ("does not mark the end", Reply::events().piece(&unmarked)),
        ("does not end its last line", Reply::events().piece(whole.trim_end())),
        ("does not hang up after its end", Reply::events().piece(&whole).stall()),
        ("calls it something else", other.piece(&whole)),
    ] {
        let server = serve([reply]).await;
        let (chunks, recorder) = call(&model(&server.url()));
        let answer = chunks.gather().await.unwrap_or_else(|error| panic!("it {what}: {error}"));
        assert_eq!((&*answer.text(), server.requests().len()), ("Hello", 1), "it {what}");
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop), "it {what}");
        let last = recorder.script().pop();
        assert_eq!(last.as_deref(), Some("on_chat_model_end ChatOpenAI"), "it {what}");
        server.all_closed().await;
    }
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection_at_once() {
    let server = serve([begun().stall()]).await;
    let model = model(&server.url());
    let (mut chunks, recorder) = call(&model);
    chunks.next().await.expect("it has begun").expect("it is sound");
    assert_eq!(server.open(), 1);
    drop(chunks);
    // Though the model is still held.
    server.all_closed().await;
    assert_eq!(
        recorder.script().last().map(String::as_str),
        Some("on_chat_model_cancelled ChatOpenAI")
    );
}

/// Dropped before the answer, within its head, and after some of its pieces.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_dropped_streams_leave_no_task_no_socket_and_no_open_run() {
    const STREAMS: usize = 1_000;
    let server = serve([begun().stall()]).await;
    let model = model(&server.url());
    let recorder = Recorder::new();
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();

    let dropped = stream::iter(0..STREAMS).map(|number| {
        let config = Config::new().listener(recorder.clone());
        let mut chunks = model.stream("Hi").config(config);
        async move {
            match number % 5 {
                // After one or two of its pieces.
                pieces @ (1 | 2) => {
                    for _ in 0..pieces {
                        chunks.next().await.expect("it goes on").expect("it is sound");
                    }
                }
                // At any moment before.
                _ => give_up(&mut chunks, number / 5 % 23).await,
            }
        }
    });
    dropped.buffer_unordered(32).collect::<Vec<()>>().await;
    let recorded = |what: &str| {
        let script = recorder.script();
        script.iter().filter(|event| event.starts_with(what)).count()
    };
    let (starts, cancelled) =
        (recorded("on_chat_model_start"), recorded("on_chat_model_cancelled"));
    assert_eq!(starts, cancelled, "every run that started was cancelled");
    assert!(starts > STREAMS / 2, "most have started: {starts}");

    server.all_closed().await;
    assert!(server.accepted() > STREAMS * 2 / 5, "many have reached the server");
    drop(model);
    let gone = async {
        while metrics.num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(MINUTE, gone).await.expect("tasks are left");
}

/// Polls a stream so often.
async fn give_up(chunks: &mut RunStream<AiMessage>, polls: usize) {
    for _ in 0..polls {
        if futures::poll!(chunks.next()).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}
