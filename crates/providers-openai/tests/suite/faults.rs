//! How OpenAI and those who speak like it fail in ways of their own. What all services do is in the
//! suite of every provider.

use std::{io::Write as _, time::Duration};

use runnable_chat::{Usage, prelude::*};
use runnable_http::ApiError;
use runnable_testing::{
    provider_suite::{Fault, ServiceFixture},
    server::{FakeServer, Reply},
};
use serde_json::{Value, json};

use crate::services::PLAIN;

/// An answer that has begun.
fn begun() -> Reply {
    Reply::events().piece(PLAIN.stream_chunk("Hel")).piece(PLAIN.stream_chunk("lo"))
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn gzip(body: &[u8]) -> Reply {
    Reply::events().until_close().header("content-encoding", "gzip").piece(body)
}

/// Compression and the limit of a line are those of the HTTP client that the models come with.
#[tokio::test]
async fn what_cannot_be_unpacked_or_held_keeps_what_came() {
    use ErrorKind::{Connection, Parse};
    let zipped = packed(&(PLAIN.stream_chunk("Hel") + &PLAIN.stream_chunk("lo")));
    let endless = begun().piece("data: ").piece("x".repeat(1 << 16)).stall();
    for (what, reply, kind) in [
        ("sends a line without end", endless, Parse),
        ("cuts its gzip", gzip(&zipped[..zipped.len() - 4]), Connection),
        ("breaks its gzip", gzip(&[&*zipped, b"which is certainly no gzip"].concat()), Parse),
    ] {
        Fault::new(what, reply, kind).expect_partial("Hello").check(&PLAIN).await;
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
        let fault = Fault::new(what, begun().piece(text).stall(), kind).expect_partial("Hello");
        let error = fault.expect_message("so it says").check(&PLAIN).await;
        assert!(error.downcast_ref::<ApiError>().is_some(), "it {what}: {error:?}");
    }
}

#[tokio::test]
async fn a_used_up_quota_is_a_limit_that_does_not_pass() {
    let quota = json!({"error": {"code": "insufficient_quota", "message": "so it says"}});
    let fault = Fault::new("has no credit", Reply::json(429, &quota), ErrorKind::RateLimit);
    fault.expect_message("so it says").check(&PLAIN).await;
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
        let error = Fault::new("limits", reply, ErrorKind::RateLimit).check(&PLAIN).await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs_f64(seconds)), "{name}: {value}");
    }
    for (name, value) in [("retry-after", "0"), ("retry-after-ms", "1")] {
        let reply = Reply::json(429, &says).header(name, value);
        let fault = Fault::new("limits for a moment", reply, ErrorKind::RateLimit);
        fault.expect_transient().check(&PLAIN).await;
    }
}

#[tokio::test]
async fn what_is_odd_but_whole_is_an_answer() {
    let whole = PLAIN.stream_chunk("Hel")
        + &PLAIN.stream_chunk("lo")
        + &PLAIN.stream_end(Usage::new(11, 4));
    let unmarked = whole.replace("data: [DONE]\n\n", "");
    let other = Reply::new(200).header("content-type", "application/octet-stream");
    for (what, reply) in [
        ("sends gzip that nobody asked for", gzip(&packed(&whole))),
        ("sends gzip byte by byte", gzip(&[]).bytewise(packed(&whole))),
        ("does not mark the end", Reply::events().piece(&unmarked)),
        ("calls it something else", other.piece(&whole)),
    ] {
        let server = FakeServer::script([reply]).await.expect("there is a free port");
        let answer = PLAIN.model(&server.url(), "sk-123").stream("Hi").concat().await;
        let answer = answer.unwrap_or_else(|error| panic!("it {what}: {error}"));
        assert_eq!((&*answer.text(), server.requests().len()), ("Hello", 1), "it {what}");
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop), "it {what}");
        server.wait_until_closed().await;
    }
}
