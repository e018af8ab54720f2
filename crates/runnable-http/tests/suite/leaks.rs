//! A server that repeats the key of a request in all texts that it can send, in many encodings.

use std::{
    fmt::{self, Write as _},
    fs,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
};

use futures::{StreamExt, stream};
use runnable_chat::{ChatModel, model::ChatRequest, prelude::*};
use runnable_core::{Listener, RunEvent, RunEventData};
use runnable_http::{
    ApiError, Bytes, Frame, HttpBody, HttpClient, HttpRetryPolicy,
    chat::{ApiRequest, ChatProtocol, ChatReader, HttpChatModel},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{
    encodings::{KEY, assert_unseen, encodings},
    scripted::{Answer, Scripted, answer},
};

fn client(answers: impl IntoIterator<Item = Answer>) -> HttpClient {
    let policy =
        HttpRetryPolicy::default().max_attempts(2).initial_backoff(std::time::Duration::ZERO);
    Scripted::new(answers).builder().bearer_auth(KEY).retry_policy(policy).build().unwrap()
}

fn assert_error_hides(error: &Error, encoded: &str, place: &str) {
    assert_unseen(error.to_string(), encoded, place);
    assert_unseen(format!("{error:?}"), encoded, place);
    assert_unseen(format!("{error:#?}"), encoded, place);
    assert_unseen(format!("{:?}", error.response()), encoded, place);
    if let Some(api_error) = error.downcast_ref::<ApiError>() {
        assert_unseen(format!("{api_error} {api_error:?} {api_error:#?}"), encoded, place);
    }
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        assert_unseen(error.to_string(), encoded, place);
        assert_unseen(format!("{error:?}"), encoded, place);
        cause = error.source();
    }
}

/// Collects everything that is traced.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<String>>);

impl Visit for Traced {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Traced {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Returns responses with a key in each part of an error, with the name of the part.
fn refusals(key: &str) -> Vec<(&'static str, Answer)> {
    let quoted = format!("\"{key}\"");
    let field = |name: &str| format!(r#"{{"error": {{"message": "no", "{name}": {quoted}}}}}"#);
    let cut = |length: usize| "x".repeat(length) + key + "yyy";
    let mut answers = vec![
        ("the message", answer(401, &[], format!(r#"{{"error": {{"message": {quoted}}}}}"#))),
        ("the code", answer(401, &[], field("code"))),
        ("the type", answer(400, &[], field("type"))),
        ("the parameter", answer(400, &[], field("param"))),
        ("the request's name in the body", answer(503, &[], field("request_id"))),
        (
            "a detail",
            answer(400, &[], format!(r#"{{"detail": [{{"msg": {quoted}, "loc": [{quoted}]}}]}}"#)),
        ),
        ("the body", answer(500, &[], format!("You sent {key}."))),
        ("the title of a page", answer(502, &[], format!("<html><title>{key}</title>"))),
        ("a body that is cut within the key", answer(500, &[], cut(180))),
        ("a long body that is cut within the key", answer(500, &[], cut(490))),
        (
            "a message that is cut within the key",
            answer(400, &[], json!({"message": cut(2_030)}).to_string()),
        ),
    ];
    if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let headers: [(&str, &[(&str, &str)]); 4] = [
            ("the request's name", &[("x-request-id", key)]),
            ("the type of an error of AWS", &[("x-amzn-errortype", key)]),
            ("the place of a redirect", &[("location", key)]),
            ("the compression", &[("content-encoding", key)]),
        ];
        for (place, headers) in headers {
            let status = if place.contains("redirect") { 307 } else { 403 };
            answers.push((place, answer(status, headers, "{}")));
        }
    }
    answers
}

#[tokio::test]
async fn no_error_of_a_service_shows_a_key() {
    for (encoding, key) in encodings() {
        for (place, refusal) in refusals(&key) {
            let traced = Traced::default();
            let (_, again) = refusals(&key).into_iter().find(|(same, _)| *same == place).unwrap();
            let client = client([refusal, again]);
            let _guard = tracing::subscriber::set_default(traced.clone());
            let error = client.post("chat").send().await.unwrap_err();
            let place = format!("{encoding} in {place}");
            assert_error_hides(&error, &key, &place);
            assert_unseen(&*traced.0.lock().unwrap(), &key, &place);
        }
    }
}

/// Collects the debug form and the JSON of all events.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<String>>);

impl Listener for Events {
    fn on_event(&self, event: &RunEvent<'_>) {
        let mut all = self.0.lock().unwrap();
        writeln!(all, "{:?}", event.data).unwrap();
        match &event.data {
            RunEventData::Report { data, .. } => {
                writeln!(all, "report {}", data.to_json().unwrap()).unwrap();
            }
            RunEventData::Retry { error, .. } | RunEventData::Error { error, .. } => {
                writeln!(all, "error {error} {error:#?} {:?}", error.response()).unwrap();
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn no_event_of_a_call_shows_a_key() {
    for (encoding, key) in encodings() {
        let refused = |place: &str| {
            let (_, refusal) = refusals(&key).into_iter().find(|(same, _)| *same == place).unwrap();
            refusal
        };
        let error = json!({"error": {"message": key, "code": key, "type": key}});
        let event =
            || answer(200, &[("content-type", "text/event-stream")], format!("data: {key}\n\n"));
        let status_200 = || answer(200, &[("content-type", "application/json")], error.to_string());
        for (place, refusal) in refusals(&key) {
            for (streamed, last) in
                [(false, refusal), (true, refused(place)), (false, status_200()), (true, event())]
            {
                let busy = format!(r#"{{"error": {{"message": "{key}", "code": "{key}"}}}}"#);
                let client = client([answer(503, &[], busy), last]);
                let model = ChatModel::new(HttpChatModel::new(Errors, client, "words", "w"));
                let events = Events::default();
                let config = RunConfig::new().listener(events.clone());
                let place = format!("{encoding} in {place}");
                let error = if streamed {
                    model.stream("Hello.").config(config).concat().await.unwrap_err()
                } else {
                    model.invoke("Hello.").config(config).await.unwrap_err()
                };
                assert_error_hides(&error, &key, &place);
                let events = events.0.lock().unwrap();
                assert!(events.contains("report") && events.contains("error"), "{events}");
                assert_unseen(&*events, &key, &place);
            }
        }
    }
}

/// An API whose responses are all errors.
#[derive(Debug)]
struct Errors;

impl ChatProtocol for Errors {
    type Reader = Self;

    fn encode(&self, _: &ChatRequest) -> Result<ApiRequest> {
        ApiRequest::new("chat", &json!({}))
    }

    fn reader(&self, _: &ChatRequest) -> Self {
        Self
    }
}

impl ChatReader for Errors {
    fn read_event(&mut self, event: &Frame) -> Result<Option<AiMessageChunk>> {
        Err(ApiError::from_json(&json!({"error": {"message": event.data()}})).into_error())
    }

    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        Err(ApiError::from_json(&serde_json::from_slice(body)?).into_error())
    }

    fn is_complete(&self) -> bool {
        false
    }

    fn finish(&mut self) -> Result<Option<AiMessageChunk>> {
        Err(Error::new(ErrorKind::Connection, "the answer was cut"))
    }
}

#[tokio::test]
async fn read_errors_hide_the_key_and_name_the_request() {
    for (encoding, key) in encodings() {
        let begins = |text: &str| format!("{text}{key} and more");
        let bodies = [
            ("a text", begins("")),
            ("a string", format!("\"{key}\"")),
            ("a number's place", format!(r#"{{"count": "{key}"}}"#)),
            ("broken JSON", begins("{\"a\": ")),
            ("JSON that is cut within the key", begins(&format!("{{{}", "x".repeat(180)))),
        ];
        for (place, body) in bodies {
            let place = format!("{encoding} in {place}");
            let whole = client([answer(200, &[], body.clone())]).post("chat").send().await.unwrap();
            let error = whole.json::<std::collections::BTreeMap<String, u8>>().await.unwrap_err();
            assert_error_hides(&error, &key, &place);
            assert!(error.to_string().contains("api.example.org"), "{error}");
            assert!(error.to_string().contains("to POST /v1/chat"), "{error}");

            for framed in [format!("data: {body}\n\n"), format!("data: {body}")] {
                let answer = client([answer(200, &[], framed)]).post("chat").send().await.unwrap();
                let frame = answer.sse().next().await.unwrap().unwrap();
                let error = frame.json::<std::collections::BTreeMap<String, u8>>().unwrap_err();
                assert_error_hides(&error, &key, &place);
                assert!(error.to_string().contains("api.example.org to POST /v1/chat"), "{error}");
                assert_unseen(format!("{frame:?}"), &key, &place);
            }
        }
        // A byte next to it that is not valid UTF-8.
        let bytes = [b"data: ", key.as_bytes(), b"\xff\n\n"].concat();
        let answers = [answer(200, &[], bytes)];
        let frames = client(answers).post("chat").send().await.unwrap().sse();
        let error = frames.map(|it| it.unwrap_err()).next().await.unwrap();
        assert_error_hides(&error, &key, encoding);
        // An error with a status of success.
        let said = json!({"error": {"message": key, "code": key, "type": key, "param": key}});
        let answer_200 = client([answer(200, &[], said.to_string())]).post("chat").send().await;
        let error = answer_200.unwrap().json::<Vec<u8>>().await.unwrap_err();
        assert!(error.downcast_ref::<ApiError>().is_some(), "{error:?}");
        assert_error_hides(&error, &key, encoding);
        // An error in a stream, and a page.
        let api_error = json!({"error": {"message": key, "code": key}});
        let answers = [answer(200, &[], format!("data: {api_error}\n\n"))];
        let mut frames = client(answers).post("chat").send().await.unwrap().sse();
        let frame = frames.next().await.unwrap().unwrap();
        let api_error = ApiError::from_json(&frame.json().unwrap());
        assert_error_hides(&frames.origin().error(api_error), &key, encoding);
        let page = format!("<title>{key}</title>");
        let answers = [answer(200, &[("content-type", "text/html")], page)];
        let mut frames = client(answers).post("chat").send().await.unwrap().sse();
        assert_error_hides(&frames.next().await.unwrap().unwrap_err(), &key, encoding);
        // The error of a transport, before and during the response.
        let broken = || Error::new(runnable_core::ErrorKind::Connection, format!("by {key}"));
        let answers = [Err(broken()), Err(broken())];
        assert_error_hides(&client(answers).post("a").send().await.unwrap_err(), &key, encoding);
        let body = HttpBody::from_stream(stream::iter([Err(broken())]));
        let answer = client([answer(200, &[], body)]).post("a").send().await.unwrap();
        assert_error_hides(&answer.bytes().await.unwrap_err(), &key, encoding);
    }
}

#[tokio::test]
async fn no_part_of_a_key_is_left_where_a_text_is_cut() {
    /// Fails if anything of the key follows the letters before it.
    fn assert_whole_key_hidden(error: &Error, place: &str) {
        for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
            assert!(text.contains("xxx") && !text.contains("xs"), "{place}: {text}");
        }
    }
    for kept in 1..KEY.len() {
        // So much of the key would stand before a cut at this place.
        let text = |cut: usize| "x".repeat(cut - kept) + KEY + &"y".repeat(3_000);
        let whole = client([answer(200, &[], text(200))]).post("a").send().await.unwrap();
        assert_whole_key_hidden(&whole.json::<Value>().await.unwrap_err(), "a whole answer");

        let answers = [answer(200, &[], format!("data: {}\n\n", text(200)))];
        let mut frames = client(answers).post("a").send().await.unwrap().sse();
        let frame = frames.next().await.unwrap().unwrap();
        assert_whole_key_hidden(&frame.json::<Value>().unwrap_err(), "an event");

        let bytes = [b"data: ", text(80).as_bytes(), b"\xff\n\n"].concat();
        let frames = client([answer(200, &[], bytes)]).post("a").send().await.unwrap().sse();
        let error = frames.map(|it| it.unwrap_err()).next().await.unwrap();
        assert_whole_key_hidden(&error, "bytes that are not UTF-8");

        let bodies = [
            text(500),
            format!("<title>{}</title>", text(200)),
            json!({"message": text(2_048)}).to_string(),
            // The beginning of the body is the message.
            json!({"a": text(194)}).to_string(),
        ];
        for body in bodies {
            let place = body.chars().take(12).collect::<String>();
            let error = client([answer(400, &[], body)]).post("a").send().await.unwrap_err();
            assert_whole_key_hidden(&error, &place);
        }

        let answer = client([answer(200, &[], "data: a\n\n")]).post("a").send().await.unwrap();
        for said in [json!({"error": {"message": text(2_048)}}), json!({"a": text(194)})] {
            let said = ApiError::from_json(&said);
            assert_whole_key_hidden(&answer.origin().error(said), "an error within a stream");
        }
    }
}

#[tokio::test]
async fn no_header_of_a_response_shows_a_key() {
    for (encoding, key) in encodings() {
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            continue;
        }
        let headers = [("x-request-id", &*key), ("x-other", &*key), ("x-fine", "a fine value")];
        let answer = client([answer(200, &headers, "")]).post("chat").send().await.unwrap();
        assert_unseen(format!("{answer:?}"), &key, encoding);
        assert_unseen(format!("{:?}", answer.origin()), &key, encoding);
        assert_unseen(answer.origin().request_id().unwrap(), &key, encoding);
        assert_unseen(answer.header("x-other").unwrap(), &key, encoding);
        assert_eq!(answer.header("x-fine"), Some("a fine value"));
    }
    let name: &'static str = "sk-very-secret_0123456789~";
    let client = Scripted::new([answer(200, &[(name, "a")], "")]).builder().bearer_auth(name);
    let answer = client.build().unwrap().post("chat").send().await.unwrap();
    assert!(answer.headers().is_empty(), "{answer:?}");
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The name, the headers and the body of a response.
type Sent<'a> = (&'a str, Vec<(&'a str, &'a str)>, Vec<u8>);

fn assert_files_hide(folder: &Path, encoded: &str, place: &str) {
    let mut files = 0;
    for case in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(case.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            assert_unseen(path.to_string_lossy().as_bytes(), encoded, place);
            let bytes = fs::read(&path).unwrap();
            assert_unseen(&bytes, encoded, place);
            // Without its zero bytes, UTF-16 reads like ASCII.
            let bytes: Vec<_> = bytes.into_iter().filter(|byte| *byte != 0).collect();
            assert_unseen(&bytes, encoded, place);
            files += 1;
        }
    }
    assert_eq!(files, 3, "{place}");
}

#[tokio::test]
async fn no_file_of_a_recording_shows_a_key() {
    for (encoding, key) in encodings() {
        let text = format!("data: you sent {key}\n\n");
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let long = "x".repeat(70_000) + &text + &"y".repeat(70_000);
        let gzip = vec![("content-encoding", "gzip")];
        let bodies: Vec<Sent<'_>> = vec![
            ("text", vec![], text.clone().into()),
            ("text that is long", vec![], long.clone().into()),
            (
                "bytes that are not UTF-8",
                vec![],
                [&b"\xff\xfe"[..], text.as_bytes(), b"\xff"].concat(),
            ),
            ("UTF-16", vec![], utf16),
            ("gzip", gzip.clone(), packed(text.as_bytes())),
            ("long gzip", gzip, packed(long.as_bytes())),
            ("an unknown compression", vec![("content-encoding", "br")], text.clone().into()),
        ];
        for (place, mut headers, body) in bodies {
            if key.bytes().all(|byte| byte.is_ascii_graphic()) {
                headers.push(("x-request-id", &*key));
                headers.push(("content-type", &*key));
            }
            for length in [1, 7, 7_001] {
                if length < 1_000 && body.len() > 1_000 {
                    continue;
                }
                let place = format!("{encoding} in {place}, in pieces of {length}");
                let pieces: Vec<_> =
                    body.chunks(length).map(|it| Ok(Bytes::copy_from_slice(it))).collect();
                let body = HttpBody::from_stream(stream::iter(pieces));
                let folder = TempDir::new().unwrap();
                let transport = Scripted::new([answer(200, &headers, body)]);
                let client = transport.builder().bearer_auth(KEY).record(folder.path());
                let request = client.build().unwrap().post("chat").query("q", &key);
                let request_body = json!({"said": key, "list": [key]});
                if let Ok(answer) = request.json(&request_body).send().await {
                    answer.bytes().await.unwrap();
                }
                assert_files_hide(folder.path(), &key, &place);
            }
        }
    }
}

#[tokio::test]
async fn a_recording_of_gzip_is_replayed_without_it() {
    let folder = TempDir::new().unwrap();
    let text = "data: a\n\n".repeat(20_000);
    let answers = [answer(200, &[("content-encoding", "gzip")], packed(text.as_bytes()))];
    let client = Scripted::new(answers).builder().bearer_auth(KEY).record(folder.path());
    let answer = client.build().unwrap().post("chat").send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), text);
    let client = HttpClient::builder("https://api.example.org/v1").replay(folder.path());
    let answer = client.build().unwrap().post("chat").send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), text);
}

#[tokio::test]
async fn other_text_is_not_masked() {
    let body =
        json!({"error": {"message": "sk-very is %41 &amp; \\u0041, not dmVyeQ==", "code": KEY}});
    let answers = [answer(401, &[], body.to_string())];
    let error = client(answers).post("chat").send().await.unwrap_err();
    let api_error = error.downcast_ref::<ApiError>().unwrap();
    assert_eq!(api_error.message(), "sk-very is %41 &amp; \\u0041, not dmVyeQ==");
    assert_eq!(api_error.code(), Some("[secret]"));
    // The content of the response is not changed.
    let answers = [answer(200, &[], json!({"text": KEY}).to_string())];
    let answer: Value = client(answers).post("chat").send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["text"], KEY);
}
