//! Recorded responses of real services, if they are available.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use runnable_core::ErrorKind;
use runnable_http::{
    ApiError, Bytes, Decoder, Frame, HttpClient, HttpRetryPolicy, NdjsonDecoder, SseDecoder,
};
use serde_json::Value;

use crate::scripted::{Scripted, answer};

struct Case {
    name: String,
    request: Value,
    response: Value,
    expected: Value,
    body: Bytes,
}

/// Returns the folder of recordings, or prints a note and returns `None` if it does not exist.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = env::var_os("PROVIDER_FIXTURES").map_or(beside, PathBuf::from).join("cases");
    if !folder.is_dir() {
        println!("skipped: no recordings at {}; set PROVIDER_FIXTURES", folder.display());
        return None;
    }
    Some(folder)
}

fn cases() -> Option<Vec<Case>> {
    let folder = folder()?;
    let mut cases = Vec::new();
    read(&folder, &folder, &mut cases);
    Some(cases)
}

fn read(root: &Path, folder: &Path, cases: &mut Vec<Case>) {
    if folder.join("expected.json").is_file() {
        let json = |name| serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap();
        cases.push(Case {
            name: folder.strip_prefix(root).unwrap().display().to_string(),
            request: json("request.json"),
            response: json("response.json"),
            expected: json("expected.json"),
            body: fs::read(folder.join("response.body")).unwrap().into(),
        });
        return;
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, cases);
        }
    }
}

fn kind(name: &str) -> ErrorKind {
    match name {
        "authentication" => ErrorKind::Authentication,
        "permission_denied" => ErrorKind::PermissionDenied,
        "invalid_request" => ErrorKind::InvalidRequest,
        "not_found" => ErrorKind::NotFound,
        "rate_limit" => ErrorKind::RateLimit,
        "server_error" => ErrorKind::Unavailable,
        "context_overflow" => ErrorKind::ContextLength,
        other => panic!("unknown kind {other}"),
    }
}

/// Returns whether the value is the expected one, or one of a list of expected ones.
fn is_any(expected: &Value, fits: impl Fn(&Value) -> bool) -> bool {
    match expected["any_of"].as_array() {
        Some(values) => values.iter().any(fits),
        None => fits(expected),
    }
}

#[tokio::test]
async fn recorded_errors_have_the_expected_kind_and_message() {
    let Some(cases) = cases() else { return };
    let mut seen = 0;
    for case in cases {
        let status = case.response["status"].as_u64().unwrap() as u16;
        if status < 400 {
            continue;
        }
        seen += 1;
        let name = &case.name;
        let headers: Vec<_> = case.response["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let transport = Scripted::new([answer(status, &headers, case.body)]);
        let client = transport.builder().retry_policy(HttpRetryPolicy::none());
        let error = client.build().unwrap().post("chat").send().await.unwrap_err();
        let expected = &case.expected["expect"]["error"];
        let fits = |name: &Value| name.as_str().is_none_or(|name| kind(name) == error.kind());
        assert!(is_any(&expected["kind"], fits), "{name}: {error:?}");
        let api_error = error.downcast_ref::<ApiError>().unwrap();
        assert_eq!(api_error.status(), Some(status), "{name}");
        if let Some(message) = expected["message_contains"].as_str() {
            assert!(api_error.message().contains(message), "{name}: {error}");
        }
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        if let Some(code) = text(&expected["code"]) {
            assert_eq!(api_error.code(), Some(code.as_str()), "{name}");
        }
        if let Some(error_type) = text(&expected["type"]) {
            assert_eq!(api_error.error_type(), Some(error_type.as_str()), "{name}");
        }
        if let Some(wait) = expected["retry_after_s"].as_f64() {
            assert_eq!(error.retry_after().unwrap().as_secs_f64(), wait, "{name}");
        }
        let has_id = headers.iter().any(|(name, _)| name.ends_with("request-id"));
        assert!(!has_id || api_error.request_id().is_some(), "{name}");
    }
    assert!(seen > 0);
}

fn decode<D: Decoder<Frame = Frame>>(mut decoder: D, pieces: &[Bytes]) -> Vec<Frame> {
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(piece.clone());
        while let Some(frame) = decoder.next() {
            frames.push(frame.unwrap());
        }
    }
    decoder.finish();
    while let Some(frame) = decoder.next() {
        frames.push(frame.unwrap());
    }
    frames
}

fn assert_frames<D: Decoder<Frame = Frame>>(decoder: fn() -> D, case: &Case, events: usize) {
    let body = &case.body;
    let frames = decode(decoder(), std::slice::from_ref(body));
    let counted = frames.iter().filter(|frame| frame.is_complete()).count();
    let cut = frames.len() - counted;
    assert!(counted == events || counted + cut == events, "{}: {counted} + {cut}", case.name);
    let single: Vec<_> = (0..body.len()).map(|at| body.slice(at..=at)).collect();
    assert_eq!(decode(decoder(), &single), frames, "{}", case.name);
    for at in (0..body.len()).step_by(1 + body.len() / 200) {
        let halves = [body.slice(..at), body.slice(at..)];
        assert_eq!(decode(decoder(), &halves), frames, "{} cut after {at}", case.name);
    }
}

#[test]
fn recorded_streams_have_the_expected_frames_in_any_chunks() {
    let Some(cases) = cases() else { return };
    let mut seen = 0;
    for case in &cases {
        let wire = &case.expected["wire"];
        let Some(events) = wire["events"].as_u64() else { continue };
        match wire["framing"].as_str() {
            Some("sse") => assert_frames(SseDecoder::new, case, events as usize),
            Some("ndjson") => assert_frames(NdjsonDecoder::new, case, events as usize),
            _ => continue,
        }
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn recorded_stream_errors_have_the_expected_kind() {
    let Some(cases) = cases() else { return };
    let mut seen = 0;
    for case in &cases {
        let expected = &case.expected["expect"]["error"]["kind"];
        let is_stream = case.expected["wire"]["framing"] == "sse";
        let (Some(name), Some(200), true) =
            (expected.as_str(), case.response["status"].as_u64(), is_stream)
        else {
            continue;
        };
        let frames = decode(SseDecoder::new(), std::slice::from_ref(&case.body));
        let value: Value = frames.last().unwrap().json().unwrap();
        assert_eq!(ApiError::from_json(&value).kind(), kind(name), "{}", case.name);
        seen += 1;
    }
    assert!(seen > 0);
}

#[tokio::test]
async fn recordings_of_other_tools_are_replayed() {
    let (Some(folder), Some(cases)) = (folder(), cases()) else { return };
    for case in &cases {
        let folder = folder.join(&case.name);
        let client = HttpClient::builder("https://host")
            .retry_policy(HttpRetryPolicy::none())
            .replay(folder);
        let (method, path) = (&case.request["method"], &case.request["path"]);
        let method = method.as_str().unwrap_or_default().parse().unwrap();
        let request = client.build().unwrap().request(method, path.as_str().unwrap_or_default());
        let request = match &case.request["body"] {
            Value::Null => request,
            body => request.json(body),
        };
        match (request.send().await, case.response["status"].as_u64()) {
            (Ok(answer), Some(200)) => {
                assert_eq!(answer.bytes().await.unwrap(), case.body, "{}", case.name);
            }
            (Err(error), Some(status)) => {
                let api_error = error.downcast_ref::<ApiError>().expect(&case.name);
                assert_eq!(api_error.status().map(u64::from), Some(status), "{}", case.name);
            }
            other => panic!("{}: {other:?}", case.name),
        }
    }
}
