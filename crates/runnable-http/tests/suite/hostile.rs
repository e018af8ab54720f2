//! Servers that try to waste the resources of a client. The tests count resources and do not
//! measure time.

use std::{
    io::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::Poll,
    thread::{self, ThreadId},
    time::Duration,
};

use allocation_counter::measure;
use futures::{StreamExt, poll, stream};
use runnable_chat::{ChatModel, model::ChatRequest, prelude::*};
use runnable_http::{
    Bytes, Frame, HttpBody, HttpClientBuilder, HttpRetryPolicy,
    chat::{ApiRequest, ChatProtocol, ChatReader, HttpChatModel},
};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::json;

use crate::scripted::{Answer, Scripted, answer};

/// Returns a body that repeats a chunk forever, and the number of bytes that were read.
fn endless(piece: &'static [u8]) -> (HttpBody, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let pieces = stream::repeat_with(move || {
        count.fetch_add(piece.len(), Ordering::Relaxed);
        Ok(Bytes::from_static(piece))
    });
    (HttpBody::from_stream(pieces), taken)
}

/// Runs a future on this thread, whose allocations are counted.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn client(answers: impl IntoIterator<Item = Answer>) -> HttpClientBuilder {
    Scripted::new(answers).builder().retry_policy(HttpRetryPolicy::none())
}

/// An API whose events are text. Its complete responses are read only when the test allows it.
#[derive(Debug)]
struct Text(Arc<Mutex<Option<mpsc::Receiver<()>>>>);

#[derive(Debug)]
struct Reader {
    turns: Arc<Mutex<Option<mpsc::Receiver<()>>>>,
    complete: bool,
}

impl ChatProtocol for Text {
    type Reader = Reader;

    fn encode(&self, _: &ChatRequest) -> Result<ApiRequest> {
        ApiRequest::new("chat", &json!({}))
    }

    fn reader(&self, _: &ChatRequest) -> Reader {
        Reader { turns: Arc::clone(&self.0), complete: false }
    }
}

impl Reader {
    /// Waits until another task of the runtime has run.
    fn wait(&self) {
        if let Some(turn) = self.turns.lock().unwrap().take() {
            turn.recv_timeout(Duration::from_secs(60)).expect("other tasks go on");
        }
    }
}

impl ChatReader for Reader {
    fn read_event(&mut self, event: &Frame) -> Result<Option<AiMessageChunk>> {
        self.wait();
        self.complete = event.data() == "[DONE]";
        Ok(Some(AiMessageChunk::new(event.data())))
    }

    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        self.wait();
        Ok(AiMessageChunk::new(String::from_utf8_lossy(body)))
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn finish(&mut self) -> Result<Option<AiMessageChunk>> {
        Ok(None)
    }
}

fn model(client: HttpClientBuilder) -> ChatModel {
    let text = Text(Arc::default());
    ChatModel::new(HttpChatModel::new(text, client.build().unwrap(), "words", "w"))
}

const EVENTS: [(&str, &str); 1] = [("content-type", "text/event-stream")];
const ZIPPED: [(&str, &str); 2] =
    [("content-type", "text/event-stream"), ("content-encoding", "gzip")];

#[tokio::test]
async fn a_stream_that_is_invoked_obeys_max_body() {
    for piece in [&b"data: a\n\n"[..], b"data: \n\n", b": comment\n", b"\n\n\n\n\n\n\n\n"] {
        let (body, taken) = endless(piece);
        let model = model(client([answer(200, &EVENTS, body)]).max_body(100_000));
        let error = model.invoke("Hello.").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse);
        let text = error.to_string();
        assert!(
            text.starts_with(
                "the response of api.example.org to POST /v1/chat exceeds 100000 bytes; raise the \
                 limit with `max_body`"
            ),
            "{text}"
        );
        assert!(taken.load(Ordering::Relaxed) <= 100_000 + piece.len());
    }
}

#[tokio::test]
async fn a_stream_may_exceed_max_body() {
    let events = "data: a\n\n".repeat(100);
    let model = model(client([answer(200, &EVENTS, events)]).max_body(100));
    let chunks: Vec<_> = model.stream("Hello.").collect().await;
    assert_eq!(chunks.iter().filter(|chunk| chunk.is_ok()).count(), 100);
}

#[tokio::test]
async fn a_server_that_sends_more_after_its_answer_is_dropped() {
    for streamed in [true, false] {
        let (body, taken) = endless(b"data: [DONE]\n\n");
        let model = model(client([answer(200, &EVENTS, body)]));
        if streamed {
            assert!(model.stream("Hello.").collect::<Vec<_>>().await.len() <= 64)
        } else {
            assert!(model.invoke("Hello.").await.unwrap().text().len() <= 64 * 6)
        }
        assert!(taken.load(Ordering::Relaxed) < 10_000);
    }
}

#[tokio::test]
async fn max_body_counts_decompressed_bytes() {
    let body = packed("data: a\n\n".repeat(100_000).as_bytes());
    assert!(body.len() < 10_000);
    let model = model(client([answer(200, &ZIPPED, body)]).max_body(100_000));
    let error = model.invoke("Hello.").await.unwrap_err();
    assert!(error.to_string().contains("raise the limit with `max_body`"), "{error}");
}

/// The same compressed bytes, repeated, are a valid gzip stream.
#[test]
fn the_ratio_of_decompression_is_limited() {
    let member = packed(&vec![b'\n'; 4 << 20]);
    let body = Bytes::from(member.repeat(64));
    let mut error = None;
    let cost = measure(|| {
        let client = client([answer(200, &ZIPPED, body.clone())]).build().unwrap();
        block_on(async {
            let mut frames = client.post("chat").send().await.unwrap().sse();
            error = frames.next().await.unwrap().err();
        });
    });
    let error = error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.to_string().contains("to more than 128 times its size"), "{error}");
    assert!(cost.bytes_max < 16 << 20, "{cost:?}");
    assert!(cost.bytes_total < 128 << 20, "{cost:?}");
}

#[tokio::test]
async fn empty_lines_let_other_tasks_run() {
    let pieces = [&b"\n\n\n\n\n\n\n\n"[..], b":\n", b"id: 1\n\n", b"event: a\n\n"];
    for piece in pieces {
        let (body, taken) = endless(piece);
        let client = client([answer(200, &EVENTS, body)]).build().unwrap();
        let mut frames = client.post("chat").send().await.unwrap().sse();
        for turns in 1..4 {
            assert!(matches!(poll!(StreamExt::next(&mut frames)), Poll::Pending));
            assert!(taken.load(Ordering::Relaxed) <= turns * (300 << 10));
        }
    }
}

#[tokio::test]
async fn empty_gzip_members_let_other_tasks_run() {
    let member: &'static [u8] = packed(b"").leak();
    let (body, taken) = endless(member);
    let client = client([answer(200, &ZIPPED, body)]).build().unwrap();
    let mut frames = client.post("chat").send().await.unwrap().sse();
    assert!(matches!(poll!(StreamExt::next(&mut frames)), Poll::Pending));
    assert!(taken.load(Ordering::Relaxed) <= 300 << 10);
}

#[tokio::test]
async fn empty_events_let_other_tasks_run() {
    let (body, taken) = endless(b"data: a\n\n");
    let client = client([answer(200, &EVENTS, body)]).build().unwrap();
    let mut frames = client.post("chat").send().await.unwrap().sse();
    let mut frames_at_once = 0;
    while let Poll::Ready(frame) = poll!(StreamExt::next(&mut frames)) {
        frame.unwrap().unwrap();
        frames_at_once += 1;
        assert!(frames_at_once <= 1_000);
    }
    assert!(taken.load(Ordering::Relaxed) <= 10_000);
}

/// A long response is read on another thread. This one is read only after another task of the same
/// thread has run, which would never happen otherwise.
#[tokio::test]
async fn reading_a_long_response_does_not_block_the_runtime() {
    let long = "a".repeat(1 << 20);
    for (headers, body) in
        [(&[][..], format!("\"{long}\"")), (&EVENTS[..], format!("data: {long}\n\n"))]
    {
        let (turn, turns) = mpsc::channel();
        let api = Text(Arc::new(Mutex::new(Some(turns))));
        let client = client([answer(200, headers, body)]).build().unwrap();
        let model = ChatModel::new(HttpChatModel::new(api, client, "words", "w"));
        let call = tokio::spawn(async move { model.invoke("Hello.").await });
        tokio::spawn(async move { turn.send(()) });
        assert!(call.await.unwrap().unwrap().text().len() >= 1 << 20);
    }
}

/// The reader waits until the call has ended, so only a time limit can end the call.
#[tokio::test]
async fn a_time_limit_ends_a_call_whose_response_is_being_read() {
    let long = "a".repeat(1 << 20);
    let limit = Duration::from_millis(100);
    let whole = json!({"text": long}).to_string();
    let event = format!("data: {long}\n\n");
    for (headers, body) in [(&[][..], whole), (&EVENTS[..], event)] {
        for streamed in [false, true] {
            for by_config in [false, true] {
                let (turn, turns) = mpsc::channel();
                let turns = Arc::new(Mutex::new(Some(turns)));
                let client = client([answer(200, headers, body.clone())]).build().unwrap();
                let api = Text(Arc::clone(&turns));
                let model = ChatModel::new(HttpChatModel::new(api, client, "words", "w"));
                let (model, config) = if by_config {
                    (model.into_dyn(), RunConfig::new().timeout(limit))
                } else {
                    (model.with_timeout(limit).into_dyn(), RunConfig::new())
                };
                let error = if streamed {
                    model.stream("Hello.").config(config).concat().await.unwrap_err()
                } else {
                    model.invoke("Hello.").config(config).await.unwrap_err()
                };
                let case = format!("streamed: {streamed}, by the configuration: {by_config}");
                assert_eq!(error.kind(), ErrorKind::Timeout, "{case}: {error}");
                turn.send(()).expect("the reader still waits");
                assert!(turns.lock().unwrap().is_none(), "the response was being read");
            }
        }
    }
}

/// Something whose JSON notes the thread on which it is read.
#[derive(Debug)]
struct ReadOn(ThreadId);

impl<'de> Deserialize<'de> for ReadOn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Ok(Self(thread::current().id()))
    }
}

#[tokio::test]
async fn long_json_is_read_on_another_thread() {
    for (length, is_elsewhere) in [(1_000, false), (1 << 20, true)] {
        let body = json!("a".repeat(length)).to_string();
        let client = client([answer(200, &[], body)]).build().unwrap();
        let ReadOn(thread) = client.get("a").send().await.unwrap().json().await.unwrap();
        assert_eq!(thread != thread::current().id(), is_elsewhere, "{length}");
    }
}

/// Each byte of a page is searched once, however small the chunks are.
#[test]
fn finding_the_title_of_a_page_takes_linear_time() {
    let cost = |count| {
        let page = || (0..count).map(|_| Ok(Bytes::from_static(b" ")));
        let page = page().chain([Ok(Bytes::from_static(b"<title>Sign in</title>"))]);
        let page: Vec<_> = page.collect();
        measure(|| {
            let body = HttpBody::from_stream(stream::iter(page));
            let client = client([answer(200, &[("content-type", "text/html")], body)]);
            let error = block_on(async {
                let client = client.build().unwrap();
                client.post("chat").send().await.unwrap().sse().next().await.unwrap().unwrap_err()
            });
            assert!(error.to_string().contains("an HTML page (Sign in)"), "{error}");
        })
    };
    cost(1);
    let (few, many) = (cost(1_000), cost(10_000));
    assert!(many.bytes_total < 20 * few.bytes_total, "{few:?} {many:?}");
}
