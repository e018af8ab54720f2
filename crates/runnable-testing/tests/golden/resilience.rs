//! The events of chains with failing steps.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use runnable_chat::prelude::*;
use runnable_core::combinators::RetryPolicy;
use runnable_events::{EventData, StreamEvent, StreamEventsExt};

use crate::{
    golden,
    parts::{add_one, all, double, value_error},
};

/// This library also retries a stream, so the call succeeds.
#[tokio::test]
async fn events_retry() {
    let failures_left = Arc::new(AtomicU32::new(2));
    let flaky = try_lambda(move |n: i64| {
        let fails = failures_left.load(Ordering::Relaxed) > 0;
        failures_left.fetch_sub(u32::from(fails), Ordering::Relaxed);
        if fails { Err(value_error("not yet")) } else { Ok(n * 10) }
    });
    let policy = RetryPolicy::new().max_attempts(3).without_backoff().when(|_| true);
    let items = all(flaky.with_name("flaky").with_retry(policy).stream_events(1)).await;
    golden("events_retry").allow_retries().assert_events(&items);

    let line = |event: &StreamEvent| format!("{} {}", event.event_name(), event.run.tags.join(" "));
    let events: Vec<_> = items.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        events.iter().map(line).collect::<Vec<_>>(),
        [
            "on_chain_start ",
            "on_chain_start ",
            "on_chain_error ",
            "on_chain_start retry:attempt:2",
            "on_chain_error retry:attempt:2",
            "on_chain_start retry:attempt:3",
            "on_chain_stream retry:attempt:3",
            "on_chain_stream ",
            "on_chain_end retry:attempt:3",
            "on_chain_end ",
        ]
    );
    let EventData::End { output, .. } = &events.last().unwrap().data else { panic!() };
    assert_eq!(output, &10);
}

#[tokio::test]
async fn events_fallbacks() {
    let broken = try_lambda(|_: i64| Err::<i64, _>(value_error("broken"))).with_name("broken");
    let call = broken.with_fallback(async_lambda(double)).stream_events(4);
    golden("events_fallbacks").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_error_mid_chain() {
    let fail = try_lambda(|_: i64| Err::<i64, _>(value_error("boom"))).with_name("fail");
    let chain = async_lambda(add_one).pipe(fail).pipe(async_lambda(double));
    golden("events_error_mid_chain").assert_events(&all(chain.stream_events(1)).await);
}
