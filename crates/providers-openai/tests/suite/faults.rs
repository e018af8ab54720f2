//! Faults that are specific to OpenAI and compatible services. The suite of every provider covers
//! all other faults.

use std::{io::Write as _, time::Duration};

use runnable_chat::{Usage, prelude::*};
use runnable_http::ApiError;
use runnable_testing::{
    provider_suite::{Fault, ServiceFixture},
    server::{FakeServer, Reply},
};
use serde_json::{Value, json};

use crate::services::PLAIN;

/// A response that has started.
fn begun() -> Reply {
    Reply::events().piece(PLAIN.stream_chunk("Hel")).piece(PLAIN.stream_chunk("lo"))
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn gzip(body: &[u8]) -> Reply {
    Reply::events().until_close().header("content-encoding", "gzip").piece(body)
}

/// The HTTP client of a model decompresses responses and has a frame limit.
#[tokio::test]
async fn invalid_gzip_and_long_frames_keep_the_output_so_far() {
    use ErrorKind::{Connection, Parse};
    let zipped = packed(&(PLAIN.stream_chunk("Hel") + &PLAIN.stream_chunk("lo")));
    let endless = begun().piece("data: ").piece("x".repeat(1 << 16)).stall();
    for (case, reply, kind) in [
        ("sends a line without end", endless, Parse),
        ("cuts its gzip", gzip(&zipped[..zipped.len() - 4]), Connection),
        ("breaks its gzip", gzip(&[&*zipped, b"which is certainly no gzip"].concat()), Parse),
    ] {
        Fault::new(case, reply, kind).expect_partial("Hello").check(&PLAIN).await;
    }
}

#[tokio::test]
async fn an_error_in_a_response_has_its_own_kind() {
    use ErrorKind::{ContentFilter, RateLimit, Unavailable};
    let error = |kind: &str| json!({"error": {"message": "so it says", "type": kind}});
    let broken = error("server_error");
    let mut within: Value = json!({"id": "1", "choices": [{"index": 0, "delta": {}}]});
    within["error"] = json!({"message": "so it says", "code": 502});
    for (case, text, kind) in [
        ("says it in an event", format!("data: {broken}\n\n"), Unavailable),
        ("names the event", format!("event: error\ndata: {broken}\n\n"), Unavailable),
        ("says it within a choice", format!("data: {within}\n\n"), Unavailable),
        ("says it outside of events", format!("{broken}\n\n"), Unavailable),
        ("limits", format!("data: {}\n\n", error("rate_limit_exceeded")), RateLimit),
        ("filters", format!("data: {}\n\n", error("content_filter")), ContentFilter),
    ] {
        let fault = Fault::new(case, begun().piece(text).stall(), kind).expect_partial("Hello");
        let error = fault.expect_message("so it says").check(&PLAIN).await;
        assert!(error.downcast_ref::<ApiError>().is_some(), "it {case}: {error:?}");
    }
}

#[tokio::test]
async fn an_exhausted_quota_is_not_transient() {
    let quota = json!({"error": {"code": "insufficient_quota", "message": "so it says"}});
    let fault = Fault::new("has no credit", Reply::json(429, &quota), ErrorKind::RateLimit);
    fault.expect_message("so it says").check(&PLAIN).await;
}

#[tokio::test]
async fn the_delay_of_a_429_is_read_in_each_format() {
    let days = 30 * 24 * 60 * 60;
    let error_body = json!({"error": {"message": "slowly", "type": "rate_limit_exceeded"}});
    for (name, value, seconds) in [
        ("retry-after", "90", 90.0),
        ("retry-after", "90.5", 90.5),
        ("retry-after", "2m", 120.0),
        ("retry-after", "Fri, 31 Dec 2100 23:59:59 GMT", f64::from(days)),
        ("retry-after-ms", "90000", 90.0),
        ("x-ratelimit-reset-requests", "1m30s", 90.0),
    ] {
        let reply = Reply::json(429, &error_body).header(name, value);
        // The delay is longer than the maximum.
        let error = Fault::new("limits", reply, ErrorKind::RateLimit).check(&PLAIN).await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs_f64(seconds)), "{name}: {value}");
    }
    for (name, value) in [("retry-after", "0"), ("retry-after-ms", "1")] {
        let reply = Reply::json(429, &error_body).header(name, value);
        let fault = Fault::new("limits for a moment", reply, ErrorKind::RateLimit);
        fault.expect_transient().check(&PLAIN).await;
    }
}

#[tokio::test]
async fn an_unusual_but_complete_response_is_an_answer() {
    let whole = PLAIN.stream_chunk("Hel")
        + &PLAIN.stream_chunk("lo")
        + &PLAIN.stream_end(Usage::new(11, 4));
    let unmarked = whole.replace("data: [DONE]\n\n", "");
    let other = Reply::new(200).header("content-type", "application/octet-stream");
    for (case, reply) in [
        ("sends gzip that a stream does not request", gzip(&packed(&whole))),
        ("sends gzip byte by byte", gzip(&[]).bytewise(packed(&whole))),
        ("does not mark the end", Reply::events().piece(&unmarked)),
        ("calls it something else", other.piece(&whole)),
    ] {
        let server = FakeServer::script([reply]).await.expect("a free port");
        let answer = PLAIN.model(&server.url(), "sk-123").stream("Hi").concat().await;
        let answer = answer.unwrap_or_else(|error| panic!("it {case}: {error}"));
        assert_eq!((&*answer.text(), server.requests().len()), ("Hello", 1), "it {case}");
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop), "it {case}");
        server.wait_until_closed().await;
    }
}
