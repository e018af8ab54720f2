//! Which failures are retried, and after which delay. The clock is paused.

use std::time::Duration;

use runnable_core::{Error, ErrorKind, Result, TimeoutPhase};
use runnable_http::{ApiError, HttpRetryPolicy, HttpTimeouts};
use tokio::time::Instant;

use crate::scripted::{Answer, Scripted, answer, refused};

fn status(status: u16) -> Answer {
    answer(status, &[], "")
}

/// Returns the result of a request, the number of attempts, and the time that they took.
async fn send(answers: Vec<Answer>) -> (Result<u16>, usize, Duration) {
    let transport = Scripted::new(answers);
    let start = Instant::now();
    let answer = transport.client().post("chat").body("{}").send().await;
    let status = answer.map(|answer| answer.status().as_u16());
    (status, transport.requests().len(), start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_retried() {
    for first in [408, 409, 425, 429, 500, 502, 503, 504, 520, 529] {
        let (ended, requests, _) = send(vec![status(first), status(200)]).await;
        assert_eq!((ended.unwrap(), requests), (200, 2), "after {first}");
    }
    let (ended, requests, _) = send(vec![refused(), refused(), status(200)]).await;
    assert_eq!((ended.unwrap(), requests), (200, 3));
}

#[tokio::test(start_paused = true)]
async fn permanent_errors_are_not_retried() {
    for first in [301, 307, 400, 401, 402, 403, 404, 413, 422, 501, 505] {
        let (ended, requests, waited) = send(vec![status(first), status(200)]).await;
        assert!(ended.is_err(), "{first}");
        assert_eq!((requests, waited), (1, Duration::ZERO), "{first}");
    }
    let quota = r#"{"error": {"code": "insufficient_quota", "message": "No credit."}}"#;
    let (ended, requests, _) = send(vec![answer(429, &[], quota), status(200)]).await;
    assert_eq!((ended.unwrap_err().kind(), requests), (ErrorKind::RateLimit, 1));
}

#[tokio::test(start_paused = true)]
async fn x_should_retry_overrules_most_statuses() {
    for (status, header, expected) in [
        (503, "false", 1),
        (429, "false", 1),
        (501, "true", 2),
        (413, "true", 2),
        (400, "true", 1),
        (401, "true", 1),
        (404, "true", 1),
    ] {
        let first = answer(status, &[("x-should-retry", header)], "");
        let (_, requests, _) = send(vec![first, answer(200, &[], "")]).await;
        assert_eq!(requests, expected, "{status} with x-should-retry: {header}");
    }
}

#[tokio::test(start_paused = true)]
async fn delays_double_and_vary_by_a_quarter() {
    let failures = || (0..3).map(|_| status(503)).collect();
    let (ended, requests, waited) = send(failures()).await;
    assert_eq!((ended.unwrap_err().kind(), requests), (ErrorKind::Unavailable, 3));
    let bounds = Duration::from_millis(1_125)..=Duration::from_millis(1_510);
    assert!(bounds.contains(&waited), "{waited:?}");

    let mut waits = std::collections::HashSet::new();
    for _ in 0..8 {
        waits.insert(send(failures()).await.2);
    }
    assert!(waits.len() > 1, "all waits are {waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_delay_that_the_service_requests_takes_precedence() {
    let asks = |wait| vec![answer(429, &[("retry-after", wait)], ""), status(200)];
    let (ended, _, waited) = send(asks("30")).await;
    assert_eq!(ended.unwrap(), 200);
    let bounds = Duration::from_secs(30)..Duration::from_secs(31);
    assert!(bounds.contains(&waited), "{waited:?}");

    let (ended, _, waited) = send(asks("0")).await;
    assert_eq!(ended.unwrap(), 200);
    assert!(waited >= Duration::from_millis(375), "not at once: {waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_requested_delay_beyond_the_maximum_is_an_error() {
    let first = answer(429, &[("retry-after", "61")], "");
    let (ended, requests, waited) = send(vec![first, status(200)]).await;
    let error = ended.unwrap_err();
    assert_eq!((requests, waited), (1, Duration::ZERO));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
}

#[tokio::test(start_paused = true)]
async fn a_delay_beyond_the_deadline_is_not_started() {
    let transport = Scripted::new([answer(429, &[("retry-after", "30")], ""), status(200)]);
    let limit = HttpTimeouts::none().total(Duration::from_secs(10));
    let start = Instant::now();
    let error = transport.client().post("chat").timeouts(limit).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimit);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_request_may_have_its_own_policy() {
    let transport = Scripted::new((0..9).map(|_| status(503)));
    let client = transport
        .builder()
        .retry_policy(HttpRetryPolicy::default().max_attempts(6))
        .build()
        .unwrap();
    client.get("models").retry_policy(HttpRetryPolicy::none()).send().await.unwrap_err();
    assert_eq!(transport.requests().len(), 1);
    client.get("models").send().await.unwrap_err();
    assert_eq!(transport.requests().len(), 7);
}

#[tokio::test(start_paused = true)]
async fn only_connect_timeouts_are_retried() {
    let timeout = |phase| Err(Error::timeout(phase, Duration::from_secs(1)));
    for (phase, expected) in [(TimeoutPhase::Connect, 2), (TimeoutPhase::FirstChunk, 1)] {
        let (ended, requests, _) = send(vec![timeout(phase), status(200)]).await;
        assert_eq!((ended.is_ok(), requests), (expected == 2, expected), "{phase:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_are_identical_and_the_last_error_is_returned() {
    let error = |message| answer(503, &[], format!(r#"{{"message": "{message}"}}"#));
    let transport = Scripted::new([error("one"), error("two"), error("three")]);
    let request = transport.client().post("chat").header("idempotency-key", "k").body("{}");
    let error = request.send().await.unwrap_err();
    assert_eq!(error.downcast_ref::<ApiError>().unwrap().message(), "three");
    for request in transport.requests() {
        assert_eq!(request.headers()["idempotency-key"], "k");
        assert_eq!(request.body(), "{}");
    }
}
