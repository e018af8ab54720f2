//! The page of `runnable follow`: a browser asks the server while a program writes its recording.

use serde_json::Value;

use crate::{
    growing::{Growing, lines_of_a_greeting},
    recordings::Recorded,
    server::{Followed, Response},
};

/// The maximum number of requests until a change must have arrived. The server holds a request for
/// some seconds if nothing has changed.
const REQUESTS: usize = 20;

/// Returns the `next` of the page.
fn next_of(page: &Response) -> String {
    let begin = r#"<script id="data" type="application/json">"#;
    let data = page.body.split_once(begin).unwrap().1.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["live"]["url"], "changes");
    data["live"]["next"].as_str().unwrap().to_owned()
}

/// Asks for changes until an answer satisfies a condition, and returns this answer.
fn changes_until(
    followed: &Followed,
    next: &mut String,
    condition: impl Fn(&Value) -> bool,
) -> Value {
    for _ in 0..REQUESTS {
        let answer = followed.get(&format!("/changes?after={next}"));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let changes: Value = serde_json::from_str(&answer.body).unwrap();
        if let Some(new) = changes["next"].as_str() {
            *next = new.to_owned();
        }
        if condition(&changes) {
            return changes;
        }
    }
    panic!("no answer of {REQUESTS} satisfies the condition");
}

fn has_run(changes: &Value, name: &str, status: &str) -> bool {
    let runs = changes["runs"].as_array();
    runs.into_iter().flatten().any(|run| run["name"] == name && run["status"] == status)
}

fn loads_again(changes: &Value) -> bool {
    changes["payloads"]["from"].as_u64() == Some((1 << 53) - 1)
}

#[tokio::test]
async fn a_browser_receives_what_a_program_writes() {
    let lines = lines_of_a_greeting("page_source.jsonl").await;
    let mut recording = Growing::new("page_growing.jsonl");
    let followed = Followed::start(&[recording.path()]);
    let page = followed.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains("connect-src 'self'"));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }

    let mut next = next_of(&page);
    let (cut, rest) = lines[1].split_at(20);
    recording.append(&[&*lines[0], cut].concat());
    recording.append(&[rest, &*lines[2]].concat());
    changes_until(&followed, &mut next, |changes| has_run(changes, "greeting", "running"));
    recording.append(&lines[3..].concat());
    let last = changes_until(&followed, &mut next, |changes| has_run(changes, "greeting", "ok"));
    assert_eq!(last["events"].as_u64().unwrap(), lines.len() as u64 - 1);
    assert!(!has_run(&last, "greeting", "running"));

    assert!(followed.get("/").body.contains("HELLO, ADA"), "a new tab has everything");
}

#[tokio::test]
async fn a_recording_of_a_restarted_program_begins_another_page() {
    let lines = lines_of_a_greeting("page_restarted_source.jsonl").await;
    let mut recording = Growing::new("page_restarted.jsonl");
    recording.append(&lines.concat());
    let followed = Followed::start(&[recording.path()]);
    let mut next = next_of(&followed.get("/"));
    recording.clear();
    changes_until(&followed, &mut next, loads_again);
    let page = followed.get("/");
    assert!(!page.body.contains("HELLO, ADA"));
    recording.append(&lines.concat());
    let mut next = next_of(&page);
    changes_until(&followed, &mut next, |changes| has_run(changes, "greeting", "ok"));
}

#[tokio::test]
async fn the_files_that_continue_a_recording_are_followed() {
    let lines = lines_of_a_greeting("page_rotated_source.jsonl").await;
    let mut first = Growing::new("page_rotated.jsonl");
    let mut second = Growing::new("page_rotated.1.jsonl");
    let followed = Followed::start(&[first.path()]);
    let mut next = next_of(&followed.get("/"));
    first.append(&lines[..2].concat());
    changes_until(&followed, &mut next, |changes| has_run(changes, "greeting", "running"));
    second.append(&lines[2..].concat());
    changes_until(&followed, &mut next, |changes| has_run(changes, "greeting", "ok"));
}

#[tokio::test]
async fn only_events_that_are_appended_are_shown_with_new() {
    let lines = lines_of_a_greeting("page_new_source.jsonl").await;
    let mut recording = Growing::new("page_new.jsonl");
    recording.append(&lines.concat());
    let followed = Followed::start(&[recording.path(), "--new"]);
    let page = followed.get("/");
    let mut next = next_of(&page);
    recording.append(&lines.concat());
    let events = lines.len() as u64 - 1;
    changes_until(&followed, &mut next, |changes| changes["events"] == events);
}

#[test]
fn requests_that_a_page_does_not_make_are_refused() {
    let recording = Growing::new("page_refused.jsonl");
    let followed = Followed::start(&[recording.path()]);
    let port = followed.port;
    let own = format!("Host: 127.0.0.1:{port}\r\n");
    for (head, status) in [
        (format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\n"), 200),
        (format!("GET /?x=1 HTTP/1.1\r\n{own}"), 200),
        (format!("GET /favicon.ico HTTP/1.1\r\n{own}"), 404),
        (format!("GET /../../etc/passwd HTTP/1.1\r\n{own}"), 404),
        (format!("POST / HTTP/1.1\r\n{own}Content-Length: 1000000\r\n"), 405),
        (format!("HEAD / HTTP/1.1\r\n{own}"), 405),
        (format!("DELETE /changes HTTP/1.1\r\n{own}"), 405),
        (format!("GET / HTTP/1.1\r\nHost: example.com:{port}\r\n"), 403),
        (format!("GET / HTTP/1.1\r\nHost: 127.0.0.1.example.com:{port}\r\n"), 403),
        ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n".to_owned(), 403),
        (format!("GET / HTTP/1.1\r\n{own}{own}"), 403),
        (format!("GET http://example.com/ HTTP/1.1\r\nHost: example.com:{port}\r\n"), 403),
        ("GET / HTTP/1.1\r\n".to_owned(), 403),
        (format!("nonsense\r\n{own}"), 400),
        (format!("GET / HTTP/1.1\r\n{own}X: {}\r\n", "x".repeat(100_000)), 431),
    ] {
        assert_eq!(followed.send(&head).status, status, "{:.80}", head);
    }
    for next in ["", "?after=", "?after=99999999999999999999", "?after=%00", "?before=1&after=é"] {
        let answer = followed.send(&format!("GET /changes{next} HTTP/1.1\r\n{own}"));
        assert!(loads_again(&serde_json::from_str(&answer.body).unwrap()), "{next}");
    }
}

#[test]
fn a_port_in_use_is_an_error() {
    let recording = Growing::new("page_port.jsonl");
    let followed = Followed::start(&[recording.path()]);
    let port = followed.port.to_string();
    let other = crate::program::runnable(&["follow", recording.path(), "--page", "--port", &port]);
    assert_eq!((other.code, &*other.out), (2, ""));
    let expected = format!("failed to listen on 127.0.0.1:{port}: ");
    assert!(other.err.contains(&expected) && other.err.contains("`--port`"), "{}", other.err);
    assert_eq!(crate::program::runnable(&["follow", recording.path(), "--port", "1"]).code, 2);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_tells_the_browser_that_the_program_has_ended() {
    let recorded = Recorded::greeting("page_ended.jsonl", "ada").await;
    let mut followed = Followed::start(&[recorded.path()]);
    let mut next = next_of(&followed.get("/"));
    followed.interrupt();
    changes_until(&followed, &mut next, |changes| changes["ended"] == true);
    assert_eq!(followed.exit_code(), 130);
}
