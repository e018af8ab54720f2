//! How recordings are written, and which ones are read.

use std::{fs, path::Path, time::Duration};

use allocation_counter::measure;
use futures::{StreamExt, stream};
use runnable_core::{Error, ErrorKind};
use runnable_http::{Bytes, HttpBody, HttpClient, HttpRetryPolicy};
use tempfile::TempDir;

use crate::scripted::{Answer, Scripted, answer};

fn recording(folder: &Path, answers: impl IntoIterator<Item = Answer>) -> HttpClient {
    let builder = Scripted::new(answers).builder().retry_policy(HttpRetryPolicy::none());
    builder.record(folder).build().unwrap()
}

fn replaying(folder: &Path) -> HttpClient {
    let builder =
        HttpClient::builder("https://api.example.org/v1").retry_policy(HttpRetryPolicy::none());
    builder.replay(folder).build().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn body(client: &HttpClient, path: &str) -> Result<String, Error> {
    let body = client.post(path).send().await?.bytes().await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Creates a folder with a complete recording, and returns its files.
async fn recorded(text: &'static str) -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    body(&recording(folder.path(), [answer(200, &[], text)]), "chat").await.unwrap();
    let case = folder.path().join("0001-post-v1-chat");
    assert!(case.is_dir());
    (folder, case)
}

#[tokio::test]
async fn a_recording_gets_its_final_name_when_complete() {
    let folder = TempDir::new().unwrap();
    let pieces = stream::iter([Ok(Bytes::from("data: a\n\n")), Ok(Bytes::from("data: b\n\n"))]);
    let client = recording(folder.path(), [answer(200, &[], HttpBody::from_stream(pieces))]);
    let mut frames = client.post("chat").send().await.unwrap().sse();
    frames.next().await.unwrap().unwrap();
    let begun = names(folder.path());
    assert!(begun.is_empty() || begun == ["0001-post-v1-chat.part"], "{begun:?}");
    while frames.next().await.is_some() {}
    assert_eq!(names(folder.path()), ["0001-post-v1-chat"]);
}

/// The name of a folder, and its files.
type Folder<'a> = (&'a str, &'a [(&'a str, &'a [u8])]);

/// The files that remain if a process is killed while it records, for this version and the previous
/// one.
#[tokio::test]
async fn recordings_of_a_killed_process_are_skipped() {
    let (folder, case) = recorded("whole").await;
    let request = fs::read(case.join("request.json")).unwrap();
    let response = fs::read(case.join("response.json")).unwrap();
    let half = &response[..response.len() / 2];
    let files: [Folder<'_>; 6] = [
        ("0000-a.part", &[("request.json", &request), ("response.body", b"ha")]),
        ("0002-no-answer", &[("request.json", &request)]),
        ("0003-no-json", &[("request.json", &request), ("response.body", b"ha")]),
        (
            "0004-half",
            &[("request.json", &request), ("response.body", b""), ("response.json", half)],
        ),
        (
            "0005-empty",
            &[("request.json", &request), ("response.body", b""), ("response.json", b"")],
        ),
        ("0006-no-body", &[("request.json", &request), ("response.json", &response)]),
    ];
    for (name, files) in files {
        let case = folder.path().join(name);
        fs::create_dir(&case).unwrap();
        for (name, bytes) in files {
            fs::write(case.join(name), bytes).unwrap();
        }
    }
    let client = replaying(folder.path());
    for _ in 0..2 {
        assert_eq!(body(&client, "chat").await.unwrap(), "whole");
    }
    let error = body(&client, "other").await.unwrap_err().to_string();
    assert!(error.ends_with("; 6 incomplete recordings were skipped"), "{error}");
    // The next recording gets a new number.
    let client = recording(folder.path(), [answer(200, &[], "")]);
    body(&client, "chat").await.unwrap();
    assert!(folder.path().join("0007-post-v1-chat").is_dir());
}

#[tokio::test]
async fn an_invalid_recording_is_an_error_with_its_file() {
    for (file, content) in [("request.json", "[}"), ("response.json", "{\"status\": x}")] {
        let (folder, case) = recorded("whole").await;
        fs::write(case.join(file), content).unwrap();
        let error = HttpClient::builder("https://host").replay(folder.path()).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot replay from {}: ", folder.path().display())));
        assert!(text.contains("0001-post-v1-chat") && text.contains(file), "{text}");
    }
    let (folder, case) = recorded("whole").await;
    fs::remove_file(case.join("response.body")).unwrap();
    let error = HttpClient::builder("https://host").replay(folder.path()).build().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("all recordings are incomplete") && text.contains("response.body"),
        "{text}"
    );
    let (folder, case) = recorded("whole").await;
    let client = replaying(folder.path());
    fs::remove_file(case.join("response.body")).unwrap();
    let text = body(&client, "chat").await.unwrap_err().to_string();
    assert!(text.contains("response.body"), "{text}");
}

#[tokio::test]
async fn recordings_are_replayed_by_number() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("9998-something")).unwrap();
    let answers = ["a", "b", "c"].map(|text| answer(200, &[], text));
    let client = recording(folder.path(), answers);
    for _ in 0..3 {
        body(&client, "chat").await.unwrap();
    }
    assert_eq!(names(folder.path())[..2], ["10000-post-v1-chat", "10001-post-v1-chat"]);
    let client = replaying(folder.path());
    for expected in ["a", "b", "c", "c"] {
        assert_eq!(body(&client, "chat").await.unwrap(), expected);
    }
}

/// A second search would find the folder with the higher number.
#[tokio::test]
async fn a_folder_is_searched_once() {
    let folder = TempDir::new().unwrap();
    let client = recording(folder.path(), (0..3).map(|_| answer(200, &[], "")));
    body(&client, "chat").await.unwrap();
    for number in [3, 500] {
        fs::create_dir(folder.path().join(format!("{number:04}-post-v1-chat"))).unwrap();
    }
    body(&client, "chat").await.unwrap();
    body(&client, "chat").await.unwrap();
    let expected = ["0001", "0002", "0003", "0004", "0500"];
    assert_eq!(names(folder.path()), expected.map(|number| format!("{number}-post-v1-chat")));
}

#[tokio::test]
async fn clients_of_one_folder_share_its_numbers() {
    let folder = TempDir::new().unwrap();
    let clients: Vec<_> =
        (0..20).map(|_| recording(folder.path(), [answer(200, &[], "")])).collect();
    let calls = clients.iter().map(|client| body(client, "chat"));
    futures::future::try_join_all(calls).await.unwrap();
    let expected: Vec<_> = (1..=20).map(|number| format!("{number:04}-post-v1-chat")).collect();
    assert_eq!(names(folder.path()), expected);
}

/// The chunks need no memory, so the test counts only what the recording keeps.
#[test]
fn recording_does_not_hold_a_long_response_in_memory() {
    static PIECE: [u8; 64 << 10] = [b'a'; 64 << 10];
    let folder = TempDir::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cost = measure(|| {
        let pieces = stream::repeat_with(|| Ok(Bytes::from_static(&PIECE))).take(1_000);
        let client = recording(folder.path(), [answer(200, &[], HttpBody::from_stream(pieces))]);
        runtime.block_on(async {
            let mut frames = client.post("chat").send().await.unwrap().ndjson();
            assert!(frames.next().await.unwrap().is_err(), "the line is too long");
        });
    });
    let body = fs::metadata(folder.path().join("0001-post-v1-chat/response.body")).unwrap();
    assert!(body.len() > 32 << 20);
    // The frame itself is the line that the caller collects.
    assert!(cost.bytes_max < 70 << 20, "{cost:?}");
}

#[test]
fn a_runtime_shutdown_loses_no_recording() {
    let folder = TempDir::new().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let begun = Bytes::from("data: a\n\n");
    let open = stream::iter([Ok(begun.clone())]).chain(stream::pending());
    let client = recording(folder.path(), [answer(200, &[], HttpBody::from_stream(open))]);
    let (sent, received) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        let mut frames = client.post("chat").send().await.unwrap().sse();
        let frame = frames.next().await;
        sent.send(frame.is_some()).unwrap();
        frames.next().await;
    });
    assert!(received.recv_timeout(Duration::from_secs(60)).unwrap());
    runtime.shutdown_timeout(Duration::from_secs(60));
    let body = fs::read(folder.path().join("0001-post-v1-chat/response.body")).unwrap();
    assert_eq!(body, begun);
}

/// A paused clock advances when a runtime has nothing to do.
#[tokio::test(start_paused = true)]
async fn writing_a_recording_does_not_delay_the_call() {
    let folder = TempDir::new().unwrap();
    let pieces = || stream::repeat_with(|| Ok(Bytes::from("x".repeat(1_000)))).take(1_000);
    let answers = (0..3).map(|_| answer(200, &[], HttpBody::from_stream(pieces())));
    let client = recording(folder.path(), answers);
    let before = tokio::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(body(&client, "chat").await.unwrap().len(), 1_000_000);
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_folder_that_is_not_writable_does_not_fail_calls() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let client = recording(&file, [answer(200, &[], "whole")]);
    assert_eq!(body(&client, "chat").await.unwrap(), "whole");
}
