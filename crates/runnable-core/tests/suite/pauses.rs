//! Pauses under a limit: a run that pauses does not block other runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::select, stream::FuturesUnordered};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use tokio::time::{Instant, sleep};

use crate::meter::Meter;

const SECOND: Duration = Duration::from_secs(1);

/// A step that pauses for a minute and then works for two seconds.
fn pausing(meter: &Meter) -> DynRunnable<u64, u64> {
    let meter = meter.clone();
    let step = async_lambda(move |n: u64, cx: RunContext| {
        let meter = meter.clone();
        async move {
            cx.pause(sleep(60 * SECOND)).await;
            meter.work(1).await;
            Ok(n)
        }
    });
    step.into_dyn()
}

#[tokio::test(start_paused = true)]
async fn runs_pause_together_and_work_one_after_another() {
    let (meter, start) = (Meter::default(), Instant::now());
    let results = pausing(&meter).batch(vec![1u64; 10]).max_concurrency(1).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(start.elapsed(), 80 * SECOND, "one pause, and ten times the work");
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_with_few_failures_does_not_wait_for_retries() {
    let calls = Arc::new(AtomicUsize::new(0));
    let flaky = async_lambda(move |n: u64, _| {
        let fails = n.is_multiple_of(25) && calls.fetch_add(1, Ordering::Relaxed) < 4;
        async move {
            sleep(SECOND).await;
            if fails { Err(Error::new(ErrorKind::Unavailable, "busy")) } else { Ok(n) }
        }
    });
    let policy = RetryPolicy::new().initial_backoff(3 * SECOND).jitter(Duration::ZERO);
    let start = Instant::now();
    let results =
        flaky.with_retry(policy).batch((0..100u64).collect::<Vec<_>>()).max_concurrency(4).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(start.elapsed(), 26 * SECOND, "104 attempts, four at a time");
}

#[tokio::test(start_paused = true)]
async fn a_list_starts_further_items_while_some_pause() {
    let (meter, start) = (Meter::default(), Instant::now());
    let config = RunConfig::new().max_concurrency(1);
    let results = pausing(&meter).each().invoke(vec![1u64; 10]).config(config).await.unwrap();
    assert_eq!(results, [1; 10]);
    assert_eq!((start.elapsed(), meter.peak()), (80 * SECOND, 1));
}

#[tokio::test(start_paused = true)]
async fn a_batch_does_not_start_all_inputs_if_a_service_is_down() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let down = async_lambda(move |_: u64, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Err::<u64, _>(Error::new(ErrorKind::Unavailable, "down")) }
    });
    let policy =
        RetryPolicy::new().max_attempts(2).initial_backoff(60 * SECOND).jitter(Duration::ZERO);
    let batch = down.with_retry(policy).batch(vec![1u64; 5_000]).max_concurrency(2);
    tokio::time::timeout(SECOND, batch).await.unwrap_err();
    assert_eq!(calls.load(Ordering::Relaxed), 1_026);
}

#[tokio::test(start_paused = true)]
async fn a_pause_in_a_task_lets_the_batch_start_further_inputs() {
    let start = Instant::now();
    let step = async_lambda(|n: u64, cx: RunContext| async move {
        let task = tokio::spawn(async move { cx.pause(sleep(60 * SECOND)).await });
        task.await.map_err(Error::other)?;
        Ok(n)
    });
    let results = step.batch(vec![1u64; 10]).max_concurrency(1).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(start.elapsed(), 60 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_pause_in_a_queue_of_futures_is_woken() {
    let meter = Meter::default();
    let step = async_lambda({
        let meter = meter.clone();
        move |n: u64, cx: RunContext| {
            let meter = meter.clone();
            async move {
                let mut waits = FuturesUnordered::new();
                waits.push(cx.pause(sleep(SECOND)).boxed());
                waits.push(cx.pause(sleep(3 * SECOND)).boxed());
                while waits.next().await.is_some() {}
                meter.work(1).await;
                Ok(n)
            }
        }
    });
    let results = step.batch(vec![1u64; 4]).max_concurrency(2).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(meter.peak(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_pause_ends() {
    let meter = Meter::default();
    let step = async_lambda({
        let meter = meter.clone();
        move |n: u64, cx: RunContext| {
            let meter = meter.clone();
            async move {
                let pause = cx.pause(sleep(60 * SECOND)).boxed();
                select(pause, sleep(SECOND).boxed()).await;
                meter.work(1).await;
                Ok(n)
            }
        }
    });
    let start = Instant::now();
    let results = step.batch(vec![1u64; 3]).max_concurrency(1).await;
    assert!(results.iter().all(Result::is_ok));
    assert!(start.elapsed() < 10 * SECOND, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_function_needs_a_permit_after_a_dropped_pause() {
    let meter = Meter::default();
    let (short, long) = (meter.model(0, 1).pausing(), meter.model(0, 2).pausing());
    // The longer stream pauses when the shorter one ends, and is dropped at that moment.
    let zip = async_lambda(move |n: u64, cx: RunContext| {
        let mut both = short.stream(n).config(&cx).zip(long.stream(n).config(&cx));
        async move {
            while let Some((short, long)) = both.next().await {
                short?;
                long?;
            }
            Ok(n)
        }
    });
    let works = async_lambda({
        let meter = meter.clone();
        move |n: u64, cx: RunContext| {
            let (call, meter) = (zip.invoke(n).config(&cx), meter.clone());
            async move {
                let n = call.await?;
                meter.work(1).await;
                Ok(n)
            }
        }
    });
    let results = works.batch(vec![1u64; 3]).max_concurrency(1).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_pause_between_its_chunks() {
    let (meter, start) = (Meter::default(), Instant::now());
    let results = meter.model(1, 2).pausing().batch(vec![1u64; 3]).max_concurrency(1).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(meter.peak(), 1);
    assert!(start.elapsed() < 18 * SECOND, "the pauses overlap the work: {:?}", start.elapsed());
}

#[tokio::test]
async fn a_pause_without_a_limit_only_waits() {
    let step =
        async_lambda(|n: u64, cx: RunContext| async move { Ok(cx.pause(async { n + 1 }).await) });
    assert_eq!(step.invoke(1u64).await.unwrap(), 2);
}
