//! Streams that hold a permit and are not polled: under another limit, and under a time limit.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt, poll};
use runnable_core::prelude::*;
use tokio::time::{Instant, timeout};

use crate::meter::Meter;

fn limit(limit: usize) -> RunConfig {
    RunConfig::new().max_concurrency(limit)
}

/// Awaits a call, and panics if it deadlocks. Time is paused, so only a deadlock takes this long.
async fn ends<F: Future>(call: impl IntoFuture<Output = F::Output, IntoFuture = F>) -> F::Output {
    timeout(Duration::from_secs(1_000_000), call).await.expect("deadlock")
}

/// Opens a stream, leaves it unpolled with the only permit, and calls the model.
async fn streams_and_calls(meter: Meter, cx: RunContext) -> Result<u64> {
    let (first, second) = (meter.model(1, 3), meter.model(1, 1));
    let mut chunks = pin!(first.stream(1u64).config(&cx));
    assert!(poll!(StreamExt::next(&mut chunks)).is_pending());
    second.invoke(1u64).config(&cx).await?;
    let mut count = 0;
    while let Some(chunk) = StreamExt::next(&mut chunks).await {
        chunk?;
        count += 1;
    }
    Ok(count)
}

/// The context of a run that has its own limit.
async fn context_of(limit: RunConfig) -> RunContext {
    let slot = Arc::new(Mutex::new(None));
    let written = Arc::clone(&slot);
    let writes = async_lambda(move |n: u64, cx: RunContext| {
        *written.lock().unwrap() = Some(cx);
        async move { Ok(n) }
    });
    writes.invoke(1u64).config(limit).await.unwrap();
    let cx = slot.lock().unwrap().take();
    cx.unwrap()
}

#[tokio::test(start_paused = true)]
async fn calls_continue_while_another_limit_drives_calls() {
    let meter = Meter::default();
    let foreign = context_of(limit(1)).await;
    let inner = {
        let meter = meter.clone();
        async_lambda(move |_: u64, _| streams_and_calls(meter.clone(), foreign.clone()))
    };
    assert_eq!(ends(inner.invoke(1u64).config(limit(1))).await.unwrap(), 3);
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn limits_nested_across_calls_do_not_deadlock() {
    let meter = Meter::default();
    let outer = {
        let meter = meter.clone();
        async_lambda(move |n: u64, cx: RunContext| {
            let (meter, cx) = (meter.clone(), cx.clone());
            let between =
                async_lambda(move |_: u64, _| streams_and_calls(meter.clone(), cx.clone()));
            async move { between.invoke(n).config(limit(1)).await }
        })
    };
    assert_eq!(ends(outer.invoke(1u64).config(limit(1))).await.unwrap(), 3);
    assert_eq!(meter.peak(), 1);
}

/// A model that never completes.
fn silent() -> impl Runnable<Input = u64, Output = u64> {
    async_lambda(|_: u64, _| std::future::pending::<Result<u64>>())
}

const LIMIT: Duration = Duration::from_secs(5);

/// Opens a stream that yields nothing, leaves it unpolled with the only permit, and calls a model.
/// Returns how long the call took, and how the stream ended.
async fn beside(
    stream: OutputStream,
    meter: &Meter,
    cx: &RunContext,
) -> Result<(Duration, ErrorKind)> {
    let begun = Instant::now();
    let mut chunks = pin!(stream);
    assert!(poll!(StreamExt::next(&mut chunks)).is_pending());
    meter.model(1, 1).invoke(1u64).config(cx).await?;
    let spent = begun.elapsed();
    let error = StreamExt::next(&mut chunks).await.unwrap().unwrap_err();
    Ok((spent, error.kind()))
}

type OutputStream = runnable_core::calls::OutputStream<u64>;

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_a_stream_that_is_not_read() {
    let ways: [fn(&RunContext) -> OutputStream; 4] = [
        |cx| silent().with_timeout(LIMIT).stream(1u64).config(cx),
        |cx| silent().with_config(RunConfig::new().timeout(LIMIT)).stream(1u64).config(cx),
        |cx| silent().stream(1u64).config(RunConfig::from(cx).timeout(LIMIT)),
        |cx| router("a", silent()).with_timeout(LIMIT).stream(("a".to_owned(), 1)).config(cx),
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let step = async_lambda(move |_: u64, cx: RunContext| async move {
            let (spent, kind) = beside(way(&cx), &Meter::default(), &cx).await?;
            assert_eq!(kind, ErrorKind::Timeout);
            // The time limit of the stream plus the work of the model.
            Ok((spent.as_secs(), 0u64))
        });
        let (seconds, _) = ends(step.invoke(1u64).config(limit(1))).await.unwrap();
        assert_eq!(seconds, 5 + 2, "way {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unread_stream_works_within_its_time_limit() {
    for config in [RunConfig::new(), limit(1)] {
        let step = async_lambda(|_: u64, cx: RunContext| async move {
            let model = Meter::default().model(1, 2).with_timeout(LIMIT);
            let mut chunks = pin!(model.stream(1u64).config(&cx));
            assert!(poll!(StreamExt::next(&mut chunks)).is_pending());
            tokio::time::sleep(Duration::from_secs(100)).await;
            Ok(chunks.filter_map(async |chunk| chunk.ok()).count().await as u64)
        });
        assert_eq!(ends(step.invoke(1u64).config(config)).await.unwrap(), 2);
    }
}
