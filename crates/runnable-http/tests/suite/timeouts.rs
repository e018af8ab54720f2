//! Time limits. The clock is paused, and no sockets are used.

use std::time::Duration;

use futures::{StreamExt, stream};
use runnable_core::{Error, ErrorKind, TimeoutPhase};
use runnable_http::{Bytes, HttpBody, HttpClient, HttpRetryPolicy, HttpTimeouts};
use tokio::time::{Instant, sleep};

use crate::scripted::{Scripted, answer};

const SECOND: Duration = Duration::from_secs(1);

/// Returns a body whose chunks arrive after so many seconds each, and which never ends.
fn slow(pieces: &'static [(u64, &'static str)]) -> HttpBody {
    let pieces = stream::iter(pieces).then(|(seconds, piece)| async move {
        sleep(SECOND * *seconds as u32).await;
        Ok(Bytes::from(*piece))
    });
    HttpBody::from_stream(pieces.chain(stream::pending()))
}

fn assert_timeout(error: &Error, phase: TimeoutPhase, start: Instant, after: u64) {
    assert_eq!((error.kind(), error.timeout_phase()), (ErrorKind::Timeout, Some(phase)));
    assert_eq!(start.elapsed().as_secs(), after);
    assert!(error.to_string().contains("api.example.org"), "{error}");
    assert!(error.to_string().contains("POST /v1/chat"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_first_byte_timeout_is_not_retried() {
    let transport = Scripted::new([]);
    let limit = HttpTimeouts::none().first_byte(SECOND * 5);
    let start = Instant::now();
    let error = transport.client().post("chat").timeouts(limit).send().await.unwrap_err();
    assert_timeout(&error, TimeoutPhase::FirstChunk, start, 5);
    assert_eq!(transport.requests().len(), 1);
    assert_eq!(error.to_string(), "api.example.org did not respond to POST /v1/chat within 5s");
}

#[tokio::test(start_paused = true)]
async fn the_limit_for_the_first_byte_can_be_raised() {
    for (limit, total, after) in [(5, 60, 20), (30, 60, 30), (5, 10, 10)] {
        let limits = HttpTimeouts::none().first_byte(SECOND * limit).total(SECOND * total);
        let request = Scripted::new([]).client().post("chat").timeouts(limits);
        let start = Instant::now();
        request.first_byte_at_least(SECOND * 20).send().await.unwrap_err();
        assert_eq!(start.elapsed().as_secs(), after);
    }
    let request = Scripted::new([]).client().post("chat").timeouts(HttpTimeouts::none());
    let sent = request.first_byte_at_least(SECOND * 20).send();
    assert!(tokio::time::timeout(SECOND * 60, sent).await.is_err(), "there is still no limit");
}

#[tokio::test(start_paused = true)]
async fn the_default_limits_are_ten_minutes_and_two() {
    let transport = Scripted::new([answer(200, &[], slow(&[(1, "data: a\n\n")]))]);
    let client = transport.client();
    let start = Instant::now();
    let mut frames = client.post("chat").send().await.unwrap().sse();
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
    let error = frames.next().await.unwrap().unwrap_err();
    assert_timeout(&error, TimeoutPhase::Idle, start, 1 + 2 * 60);

    let start = Instant::now();
    let error = client.post("chat").send().await.unwrap_err();
    assert_timeout(&error, TimeoutPhase::FirstChunk, start, 10 * 60);
}

/// A paused clock advances to the limit once every task waits, and here all wait for the socket.
#[tokio::test(start_paused = true)]
async fn a_connect_timeout_is_retried() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap();
    let client = HttpClient::builder(&format!("https://{host}")).no_proxy().build().unwrap();
    let start = Instant::now();
    let error = client.post("chat").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Connect));
    let message = format!("timed out connecting to {host} after 10s");
    assert_eq!((error.message(), error.attempts()), (message, 3));
    assert_eq!(start.elapsed().as_secs(), 31, "three times, and two waits");
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_be_long_but_not_idle() {
    let body =
        slow(&[(4, "data: a\n\n"), (4, ": alive\n\n"), (4, "data: b\n\nda"), (9, "ta: c\n\n")]);
    let transport = Scripted::new([answer(200, &[], body)]);
    let limit = HttpTimeouts::none().idle(SECOND * 5);
    let start = Instant::now();
    let mut frames = transport.client().post("chat").timeouts(limit).send().await.unwrap().sse();
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "b");
    let error = frames.next().await.unwrap().unwrap_err();
    assert_timeout(&error, TimeoutPhase::Idle, start, 17);
    assert!(frames.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_does_not_cause_an_idle_timeout() {
    let transport =
        Scripted::new([answer(200, &[], slow(&[(1, "data: a\n\n"), (1, "data: b\n\n")]))]);
    let limit = HttpTimeouts::none().idle(SECOND * 5);
    let mut frames = transport.client().post("chat").timeouts(limit).send().await.unwrap().sse();
    frames.next().await.unwrap().unwrap();
    sleep(SECOND * 60).await;
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "b");
}

#[tokio::test(start_paused = true)]
async fn the_total_limit_excludes_the_time_of_a_slow_reader() {
    let body = || slow(&[(1, "data: a\n\n"), (1, "data: b\n\n"), (4, "data: c\n\n")]);
    let transport = Scripted::new([answer(200, &[], body())]);
    let limit = HttpTimeouts::none().total(SECOND * 5);
    let mut frames = transport.client().post("chat").timeouts(limit).send().await.unwrap().sse();
    for text in ["a", "b"] {
        assert_eq!(frames.next().await.unwrap().unwrap().data(), text);
        sleep(SECOND * 60).await;
    }
    let start = Instant::now();
    let error = frames.next().await.unwrap().unwrap_err();
    assert_timeout(&error, TimeoutPhase::Call, start, 3);
}

#[tokio::test(start_paused = true)]
async fn an_infinite_delay_ends_a_call_with_a_deadline() {
    let forever = Duration::MAX;
    let retry = HttpRetryPolicy::default().initial_backoff(forever).max_retry_after(forever);
    let transport = Scripted::new([answer(503, &[("retry-after", "99999999999")], "")]);
    let client = transport.builder().retry_policy(retry).build().unwrap();
    let limit = HttpTimeouts::none().total(SECOND * 5);
    let start = Instant::now();
    let error = client.post("chat").timeouts(limit).send().await.unwrap_err();
    assert_eq!((error.kind(), start.elapsed()), (ErrorKind::Unavailable, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn the_total_limit_covers_all_attempts_and_the_body() {
    let limit = || HttpTimeouts::none().total(SECOND * 5).idle(SECOND * 3);
    let body = slow(&[(2, "data: a\n\n"), (2, "data: b\n\n"), (2, "data: c\n\n")]);
    let transport = Scripted::new([answer(503, &[], ""), answer(200, &[], body)]);
    let client = transport.builder().timeouts(limit()).build().unwrap();
    let start = Instant::now();
    let mut frames = client.post("chat").send().await.unwrap().sse();
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "b");
    let error = frames.next().await.unwrap().unwrap_err();
    assert_timeout(&error, TimeoutPhase::Call, start, 5);

    let start = Instant::now();
    let error = client.post("chat").send().await.unwrap_err();
    assert_timeout(&error, TimeoutPhase::Call, start, 5);
}

#[tokio::test(start_paused = true)]
async fn the_total_limit_applies_to_endless_bodies() {
    let pieces = stream::repeat_with(|| Ok(Bytes::from(": more\n"))).then(|piece| async {
        // Each poll is ready, while time passes.
        tokio::time::advance(Duration::from_millis(1)).await;
        piece
    });
    let transport = Scripted::new([answer(200, &[], HttpBody::from_stream(pieces))]);
    let limit = HttpTimeouts::none().total(SECOND);
    let start = Instant::now();
    let mut frames = transport.client().post("chat").timeouts(limit).send().await.unwrap().sse();
    let error = frames.next().await.unwrap().unwrap_err();
    assert_timeout(&error, TimeoutPhase::Call, start, 1);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_duration_max_never_expires() {
    let forever = Duration::MAX;
    let limit = HttpTimeouts::none().first_byte(forever).idle(forever).total(forever);
    let transport = Scripted::new([answer(200, &[], slow(&[(3_600, "data: a\n\n")]))]);
    let mut frames = transport.client().post("chat").timeouts(limit).send().await.unwrap().sse();
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
}

#[tokio::test(start_paused = true)]
async fn an_error_does_not_wait_for_its_complete_body() {
    let body = slow(&[(1, r#"{"message": "over"#), (1, r#"loaded"}"#)]);
    let transport = Scripted::new([answer(503, &[], body)]);
    let client = transport.builder().retry_policy(HttpRetryPolicy::none()).build().unwrap();
    let start = Instant::now();
    let error = client.post("chat").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("overloaded"), "{error}");
    assert_eq!(start.elapsed(), SECOND * 10);
}
