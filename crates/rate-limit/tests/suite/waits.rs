//! Waits: their events, their end, and the permits meanwhile.

use std::time::Duration;

use futures::FutureExt;
use runnable_chat::prelude::*;
use runnable_core::WaitReason;
use runnable_events::EventData;
use runnable_rate_limit::{ModelRateLimitExt, RateLimiter};
use runnable_testing::EventRecorder;
use tokio::time::{Instant, sleep};

use crate::clocked_model::ClockedModel;

/// Returns the waits for a rate limit that were reported.
fn waits(recorder: &EventRecorder) -> Vec<u64> {
    let waits = recorder.details().into_iter().filter_map(|event| match event.data {
        EventData::Wait { reason, wait, .. } if reason == WaitReason::RATE_LIMIT => {
            Some(wait.as_secs())
        }
        _ => None,
    });
    waits.collect()
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_an_event_of_the_run_of_the_model() {
    let limiter = RateLimiter::new().requests_per_minute(1);
    let model = ClockedModel::new().to_model().with_rate_limiter(&limiter);
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    model.invoke("one").config(config.clone()).await.unwrap();
    assert_eq!(waits(&recorder), Vec::<u64>::new());
    model.invoke("two").config(config.clone()).await.unwrap();
    model.stream("three").config(config).concat().await.unwrap();
    assert_eq!(waits(&recorder), [60, 60]);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_ends_its_wait_and_its_run() {
    let limiter = RateLimiter::new().requests_per_minute(1);
    let model = ClockedModel::new().to_model().with_rate_limiter(&limiter);
    model.invoke("one").await.unwrap();
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    let mut call = Box::pin(model.invoke("two").config(config));
    assert!(call.as_mut().now_or_never().is_none());
    assert_eq!(limiter.waiting(), 1);
    drop(call);
    assert_eq!(limiter.waiting(), 0);
    let lines = recorder.lines();
    assert_eq!(lines.len(), 2);
    assert!(lines[1].starts_with("on_chat_model_cancel"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_a_wait() {
    let limiter = RateLimiter::new().requests_per_minute(1);
    let model = ClockedModel::new().to_model().with_rate_limiter(&limiter);
    model.invoke("one").await.unwrap();
    let start = Instant::now();
    let error = model
        .invoke("two")
        .config(RunConfig::new().timeout(Duration::from_secs(5)))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Timeout, 5));
    assert_eq!(limiter.waiting(), 0);
}

/// Returns a step that works for this number of seconds, and returns when it has ended.
fn works(seconds: u64) -> impl Runnable<Input = PromptValue, Output = u64> {
    let start = Instant::now();
    async_lambda(move |_: PromptValue, _: RunContext| async move {
        sleep(Duration::from_secs(seconds)).await;
        Ok(start.elapsed().as_secs())
    })
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_holds_no_permit_of_max_concurrency() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(1);
    let limited = clocked.to_model().with_rate_limiter(&limiter);
    limited.invoke("first").await.unwrap();
    let both = parallel((limited, works(10)));
    let (_, other_end) =
        both.invoke("second").config(RunConfig::new().max_concurrency(1)).await.unwrap();
    assert_eq!(other_end, 10);
    assert_eq!(clocked.seconds(), [0, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_a_permit_counts_when_its_request_is_sent() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(1);
    let limited = clocked.to_model().with_rate_limiter(&limiter);
    limited.invoke("first").await.unwrap();
    // The other branch holds the only permit when the limiter lets the model through.
    let both = parallel((limited.clone(), works(100)));
    both.invoke("second").config(RunConfig::new().max_concurrency(1)).await.unwrap();
    assert_eq!(clocked.seconds(), [0, 100]);
    limited.invoke("third").await.unwrap();
    assert_eq!(clocked.seconds(), [0, 100, 160]);
}
