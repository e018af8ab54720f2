//! A call is recorded, and replayed without a network.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use futures::stream;
use runnable_core::{Error, ErrorKind};
use runnable_http::{ApiError, Bytes, HttpBody, HttpClient, HttpRetryPolicy};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scripted::{Answer, Scripted, answer, refused};

const KEY: &str = "sk-very-secret-0123456789";

fn recording(folder: &Path, answers: impl IntoIterator<Item = Answer>) -> HttpClient {
    let policy = HttpRetryPolicy::default().initial_backoff(Duration::ZERO);
    let transport = Scripted::new(answers);
    transport
        .builder()
        .bearer_auth(KEY)
        .secret_query("key", KEY)
        .retry_policy(policy)
        .record(folder)
        .build()
        .unwrap()
}

fn replaying(folder: &Path) -> HttpClient {
    let policy = HttpRetryPolicy::default().initial_backoff(Duration::ZERO);
    HttpClient::builder("https://api.example.org/v1")
        .retry_policy(policy)
        .replay(folder)
        .build()
        .unwrap()
}

fn cases(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn read(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

async fn frames(client: &HttpClient, body: Value) -> (Vec<String>, Option<Error>) {
    let mut frames = client.post("chat").json(&body).send().await.unwrap().sse();
    let mut data = Vec::new();
    while let Some(frame) = frames.next().await {
        match frame {
            Ok(frame) => data.push(frame.data().to_owned()),
            Err(error) => return (data, Some(error)),
        }
    }
    (data, None)
}

#[tokio::test]
async fn a_call_is_recorded_without_secrets_and_replayed() {
    let folder = TempDir::new().unwrap();
    let headers =
        [("content-type", "text/event-stream"), ("x-request-id", "r1"), ("set-cookie", "c")];
    let body = format!("data: you sent {KEY}\n\ndata: b\n\n");
    let client = recording(folder.path(), [answer(200, &headers, body)]);
    let request_body = json!({"model": "m", "key": KEY});
    let (data, _) = frames(&client, request_body).await;
    assert_eq!(data, [format!("you sent {KEY}").as_str(), "b"]);

    assert_eq!(cases(folder.path()), ["0001-post-v1-chat"]);
    let case = folder.path().join("0001-post-v1-chat");
    assert_eq!(
        read(case.join("request.json")),
        json!({"method": "POST", "path": "/v1/chat", "recorded": true, "body": {"model": "m", "key": "[secret]"}})
    );
    assert_eq!(
        read(case.join("response.json")),
        json!({
            "status": 200,
            "content_type": "text/event-stream",
            "content_type_inferred": false,
            "headers": {"content-type": "text/event-stream", "x-request-id": "r1"},
            "body_bytes": 34,
            "complete": true,
        })
    );
    let body = fs::read_to_string(case.join("response.body")).unwrap();
    assert_eq!(body, "data: you sent [secret]\n\ndata: b\n\n");

    let client = replaying(folder.path());
    let answer =
        client.post("chat").query("key", "k").json(&json!({"key": "[secret]", "model": "m"}));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.origin().request_id(), Some("r1"));
    assert_eq!(answer.bytes().await.unwrap(), body);
}

#[tokio::test]
async fn each_attempt_is_recorded_and_replayed_in_order() {
    let folder = TempDir::new().unwrap();
    let busy = || answer(503, &[("retry-after", "0")], "busy");
    let client = recording(folder.path(), [busy(), refused(), answer(200, &[], "data: a\n\n")]);
    frames(&client, json!({})).await;
    assert_eq!(cases(folder.path()).len(), 3);

    let client = replaying(folder.path());
    let once = client.post("chat").json(&json!({})).retry_policy(HttpRetryPolicy::none());
    let error = once.send().await.unwrap_err();
    assert_eq!(error.downcast_ref::<ApiError>().unwrap().message(), "busy");
    let once = client.post("chat").json(&json!({})).retry_policy(HttpRetryPolicy::none());
    let error = once.send().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Connection, "connection refused".into())
    );
    for _ in 0..2 {
        assert_eq!(frames(&client, json!({})).await.0, ["a"], "the last again and again");
    }
    assert_eq!(frames(&replaying(folder.path()), json!({})).await.0, ["a"], "after two retries");
}

#[tokio::test]
async fn an_unfinished_stream_is_recorded_up_to_its_end() {
    let pieces = || [Ok(Bytes::from("data: a\n\nda")), Ok(Bytes::from("ta: b\n\n"))];
    let broken = Err(Error::new(ErrorKind::Connection, "reset by peer"));
    let breaks = HttpBody::from_stream(stream::iter(pieces().into_iter().chain([broken])));
    let drops = HttpBody::from_stream(stream::iter(pieces()));
    let folder = TempDir::new().unwrap();
    let client = recording(folder.path(), [answer(200, &[], breaks), answer(200, &[], drops)]);
    frames(&client, json!(1)).await;
    let mut dropped = client.post("chat").json(&json!(2)).send().await.unwrap().sse();
    dropped.next().await.unwrap().unwrap();
    drop(dropped);

    let client = replaying(folder.path());
    let (data, error) = frames(&client, json!(1)).await;
    assert_eq!(data, ["a", "b"]);
    let error = error.unwrap();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Connection, "reset by peer".into()));
    let (data, error) = frames(&client, json!(2)).await;
    assert_eq!(data, ["a"]);
    assert_eq!(error.unwrap().kind(), ErrorKind::Connection);
    let case = folder.path().join(&cases(folder.path())[1]);
    assert_eq!(read(case.join("response.json"))["complete"], false);
    assert_eq!(fs::read(case.join("response.body")).unwrap(), b"data: a\n\nda");
}

#[tokio::test]
async fn a_cancelled_request_is_recorded() {
    let folder = TempDir::new().unwrap();
    let client = recording(folder.path(), []);
    let request = client.post("chat").send();
    assert!(futures::FutureExt::now_or_never(request).is_none());
    let error =
        replaying(folder.path()).post("chat").retry_policy(HttpRetryPolicy::none()).send().await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "the recording has no response, because the request was cancelled"
    );
}

#[tokio::test]
async fn the_error_of_a_missing_recording_names_the_closest() {
    let folder = TempDir::new().unwrap();
    let client = recording(folder.path(), (0..2).map(|_| answer(200, &[], "")));
    let body = |text: &str| json!({"model": "m", "messages": [{"content": text}], "n": 1});
    for text in ["a", "b"] {
        frames(&client, body(text)).await;
    }
    let client = replaying(folder.path());
    let fail = async |path: &str, body: Value| {
        let error = client.post(path).json(&body).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        error.to_string().replace(&folder.path().display().to_string(), "DIR")
    };
    assert_eq!(
        fail("chat", json!({"model": "m", "messages": [{"content": "b"}], "n": 2})).await,
        "no recording in DIR matches the body of POST /v1/chat; the closest is 0002-post-v1-chat, \
         which differs at /n: recorded 1, sent 2"
    );
    assert_eq!(
        fail("models", json!({})).await,
        "no recording of POST /v1/models in DIR; recorded requests: POST /v1/chat"
    );
}

/// Sends a request to a port without a server. The test below sets its environment.
#[test]
#[ignore = "is run by `the_environment_sets_folders_for_all_clients`"]
fn sends_one_request() {
    let Ok(expected) = env::var("EXPECTED_STATUS") else { return };
    let client =
        HttpClient::builder("http://127.0.0.1:1").no_proxy().retry_policy(HttpRetryPolicy::none());
    let request = client.build().unwrap().post("v1/chat").send();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(request);
    assert_eq!(answer.map_or(0, |answer| answer.status().as_u16()).to_string(), expected);
}

#[tokio::test]
async fn the_environment_sets_folders_for_all_clients() {
    let run = |variable: &str, folder: &Path, expected: &str| {
        let status = Command::new(env::current_exe().unwrap())
            .args(["recordings::sends_one_request", "--exact", "--ignored"])
            .env(variable, folder)
            .env("EXPECTED_STATUS", expected)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{variable}");
    };
    let folder = TempDir::new().unwrap();
    run("RUNNABLE_RECORD", folder.path(), "0");
    assert_eq!(cases(folder.path()), ["0001-post-v1-chat"]);

    let folder = TempDir::new().unwrap();
    recording(folder.path(), [answer(202, &[], "")])
        .post("chat")
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    run("RUNNABLE_REPLAY", folder.path(), "202");
}

#[test]
fn the_error_of_an_unreadable_folder_names_it() {
    let missing = Path::new("no/such/folder");
    let error = HttpClient::builder("https://host").replay(missing).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().starts_with("cannot replay from no/such/folder: "), "{error}");

    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("case")).unwrap();
    fs::write(folder.path().join("case/request.json"), "{").unwrap();
    let error = HttpClient::builder("https://host").replay(folder.path()).build().unwrap_err();
    assert!(error.to_string().contains("case/request.json: EOF while parsing"), "{error}");
}
