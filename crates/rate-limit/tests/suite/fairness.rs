//! The order in which calls are let through.

use std::time::Duration;

use futures::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};
use runnable_chat::prelude::*;
use runnable_rate_limit::{ModelRateLimitExt, Quantity, RateLimiter};
use tokio::time::sleep;

use crate::clocked_model::ClockedModel;

#[tokio::test(start_paused = true)]
async fn a_thousand_tasks_are_let_through_in_the_order_of_their_arrival() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().limit(Quantity::Requests, 10, Duration::from_secs(1));
    let model = clocked.to_model().with_rate_limiter(&limiter);
    let tasks: Vec<_> = (0..1_000)
        .map(|number| {
            let model = model.clone();
            tokio::spawn(async move { model.invoke(number.to_string()).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let expected: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
    assert_eq!(clocked.texts(), expected);
    for (number, time) in clocked.times().into_iter().enumerate() {
        let ideal = Duration::from_secs(number as u64 / 10);
        assert!(time >= ideal && time < ideal + Duration::from_millis(500), "{number}: {time:?}");
    }
    assert_eq!(limiter.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_small_request_does_not_overtake_a_large_one() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new()
        .limit(Quantity::InputTokens, 100, Duration::from_secs(60))
        .count_input_with(|prompt| prompt.text().len() as u64);
    let model = clocked.to_model().with_rate_limiter(&limiter);
    let texts = ["x".repeat(60), "y".repeat(60), "z".to_owned()];
    join_all(texts.iter().map(|text| model.invoke(text.clone()))).await;
    assert_eq!(clocked.texts(), texts);
    assert_eq!(clocked.seconds(), [0, 60, 60]);
}

#[tokio::test(start_paused = true)]
async fn dropped_calls_leave_the_queue() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(1);
    let model = clocked.to_model().with_rate_limiter(&limiter);
    model.invoke("first").await.unwrap();
    let mut dropped: FuturesUnordered<_> = (0..10).map(|_| model.invoke("dropped")).collect();
    assert!(dropped.next().now_or_never().is_none());
    assert_eq!(limiter.waiting(), 10);
    let last = model.invoke("last");
    drop(dropped);
    assert_eq!(limiter.waiting(), 0);
    last.await.unwrap();
    assert_eq!(clocked.texts(), ["first", "last"]);
    assert_eq!(clocked.seconds(), [0, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_not_polled_does_not_block_the_calls_after_it() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(1);
    let model = clocked.to_model().with_rate_limiter(&limiter);
    model.invoke("first").await.unwrap();
    let mut idle = Box::pin(model.invoke("idle"));
    assert!(idle.as_mut().now_or_never().is_none());
    model.invoke("polled").await.unwrap();
    idle.await.unwrap();
    assert_eq!(clocked.texts(), ["first", "polled", "idle"]);
    let times = clocked.seconds();
    assert!((60..65).contains(&times[1]), "{times:?}");
    assert!(times[2] >= times[1] + 60, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_that_arrive_later_wait_behind_earlier_ones() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(1);
    let model = clocked.to_model().with_rate_limiter(&limiter);
    let calls = (0..5_u64).map(|number| {
        let model = model.clone();
        async move {
            sleep(Duration::from_secs(number)).await;
            model.invoke(number.to_string()).await
        }
    });
    join_all(calls).await;
    assert_eq!(clocked.texts(), ["0", "1", "2", "3", "4"]);
    assert_eq!(clocked.seconds(), [0, 60, 120, 180, 240]);
}
