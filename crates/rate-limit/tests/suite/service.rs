//! Limits that a service reports.

use std::time::Duration;

use futures::future::join_all;
use runnable_chat::{
    AiMessageChunk,
    message::{RateLimit, RateLimitReset},
    prelude::*,
};
use runnable_rate_limit::{ModelRateLimitExt, RateLimiter};
use runnable_testing::ScriptedReply;

use crate::clocked_model::ClockedModel;

fn busy(wait: u64) -> Error {
    Error::new(ErrorKind::RateLimit, "too many requests")
        .with_retry_after(Duration::from_secs(wait))
}

fn reporting(name: &'static str, remaining: u64, limit: u64, reset: u64) -> ScriptedReply {
    let mut report = RateLimit::new(name);
    report.remaining = Some(remaining);
    report.limit = Some(limit);
    report.reset = Some(RateLimitReset::After(Duration::from_secs(reset)));
    let chunk = AiMessageChunk::new("ok").with_rate_limits([report]);
    ScriptedReply::message_chunks([chunk])
}

#[tokio::test(start_paused = true)]
async fn a_rejected_request_pauses_all_calls_for_as_long_as_the_service_asks() {
    let clocked = ClockedModel::new();
    let model = clocked.answering(|text| match text {
        "rejected" => ScriptedReply::error(busy(20)),
        _ => ScriptedReply::complete("ok"),
    });
    let model = model.with_rate_limiter(&RateLimiter::new());
    model.invoke("rejected").await.unwrap_err();
    join_all((0..3).map(|_| model.invoke("Hi"))).await;
    assert_eq!(clocked.seconds(), [0, 20, 20, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_stream_pauses_calls_that_already_wait() {
    let clocked = ClockedModel::new();
    let model = clocked.answering(|text| match text {
        "rejected" => ScriptedReply::error(busy(30)),
        _ => ScriptedReply::complete("ok"),
    });
    let limiter = RateLimiter::new().limit(
        runnable_rate_limit::Quantity::Requests,
        1,
        Duration::from_secs(5),
    );
    let model = model.with_rate_limiter(&limiter);
    let rejected = async {
        model.stream("rejected").concat().await.unwrap_err();
    };
    let waiting = async {
        model.invoke("Hi").await.unwrap();
    };
    futures::join!(rejected, waiting);
    assert_eq!(clocked.seconds(), [0, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_service_cannot_pause_calls_for_longer_than_allowed() {
    let clocked = ClockedModel::new();
    let model = clocked.answering(|text| match text {
        "rejected" => ScriptedReply::error(busy(1_000_000)),
        _ => ScriptedReply::complete("ok"),
    });
    let limiter = RateLimiter::new().with_max_retry_after(Duration::from_secs(90));
    let model = model.with_rate_limiter(&limiter);
    model.invoke("rejected").await.unwrap_err();
    model.invoke("Hi").await.unwrap();
    assert_eq!(clocked.seconds(), [0, 90]);
}

#[tokio::test(start_paused = true)]
async fn calls_slow_down_when_a_service_reports_that_little_is_left() {
    let clocked = ClockedModel::new();
    // The service accepts one request per second, and nothing is left.
    let model = clocked.answering(|text| match text {
        "first" => reporting("requests", 0, 60, 60),
        _ => ScriptedReply::complete("ok"),
    });
    let model = model.with_rate_limiter(&RateLimiter::new());
    model.invoke("first").await.unwrap();
    for _ in 0..3 {
        model.stream("next").concat().await.unwrap();
    }
    assert_eq!(clocked.seconds(), [0, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn tokens_that_a_service_reports_limit_large_requests() {
    let clocked = ClockedModel::new();
    let model = clocked.answering(|text| match text {
        "first" => reporting("input-tokens", 10, 70, 60),
        _ => ScriptedReply::complete("ok"),
    });
    let limiter = RateLimiter::new().count_input_with(|prompt| prompt.text().len() as u64);
    let model = model.with_rate_limiter(&limiter);
    model.invoke("first").await.unwrap();
    model.invoke("small").await.unwrap(); // 5 of 10 tokens
    model.invoke("x".repeat(50)).await.unwrap(); // 45 tokens are missing, one per second
    assert_eq!(clocked.seconds(), [0, 0, 45]);
}

#[tokio::test(start_paused = true)]
async fn reports_that_mean_nothing_do_not_slow_down_calls() {
    let clocked = ClockedModel::new();
    let model = clocked.answering(|_| {
        let mut no_reset = RateLimit::new("requests");
        no_reset.remaining = Some(0);
        let mut unknown = RateLimit::new("budget");
        unknown.remaining = Some(0);
        unknown.reset = Some(RateLimitReset::After(Duration::from_secs(50)));
        let chunk = AiMessageChunk::new("ok").with_rate_limits([no_reset, unknown]);
        ScriptedReply::message_chunks([chunk])
    });
    let model = model.with_rate_limiter(&RateLimiter::new());
    for _ in 0..3 {
        model.invoke("Hi").await.unwrap();
    }
    assert_eq!(clocked.seconds(), [0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_of_a_retry_waits_for_the_limiter() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(1);
    let model = clocked.answering(|_| {
        ScriptedReply::error(Error::new(ErrorKind::Unavailable, "the service is busy"))
    });
    let policy = RetryPolicy::new().without_backoff();
    let model = model.with_rate_limiter(&limiter).with_retry(policy);
    model.invoke("Hi").await.unwrap_err();
    assert_eq!(clocked.seconds(), [0, 60, 120]);
}
