//! Calls with many inputs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::FutureExt;
use runnable_core::prelude::*;
use tokio::time::{Instant, sleep};

/// Takes as many milliseconds of paused time as its input says.
fn slow() -> impl Runnable<Input = u64, Output = u64> {
    async_lambda(|millis: u64, _| async move {
        sleep(Duration::from_millis(millis)).await;
        Ok(millis)
    })
}

#[tokio::test(start_paused = true)]
async fn results_keep_the_order_of_their_inputs() {
    let results = slow().batch([30u64, 10, 20]).max_concurrency(3).await;
    assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [30, 10, 20]);
}

#[tokio::test(start_paused = true)]
async fn batch_as_completed_pairs_results_with_input_indexes() {
    let mut results = slow().batch_as_completed([30u64, 10, 20]);
    let mut completed = Vec::new();
    while let Some((index, result)) = results.next().await {
        completed.push((index, result.unwrap()));
    }
    assert_eq!(completed, [(1, 10), (2, 20), (0, 30)]);
}

#[tokio::test(start_paused = true)]
async fn an_input_that_fails_does_not_affect_the_others() {
    let odd = try_lambda(|n: u64| if n % 2 == 1 { Ok(n) } else { Err("even") });
    let results = odd.batch([1u64, 2, 3]).await;
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_runs_at_most_max_concurrency_inputs_at_once() {
    let (running, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = async_lambda({
        let (running, peak) = (Arc::clone(&running), Arc::clone(&peak));
        move |n: u64, _| {
            let (running, peak) = (Arc::clone(&running), Arc::clone(&peak));
            async move {
                peak.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                sleep(Duration::from_millis(1 + n % 7)).await;
                running.fetch_sub(1, Ordering::Relaxed);
                Ok(n)
            }
        }
    });
    counted.batch(0..100u64).max_concurrency(5).await;
    assert_eq!(peak.swap(0, Ordering::Relaxed), 5);

    counted.batch(0..100u64).config(RunConfig::new().max_concurrency(3)).await;
    assert_eq!(peak.swap(0, Ordering::Relaxed), 3);

    counted.batch(0..100u64).await;
    assert_eq!(peak.load(Ordering::Relaxed), 100);
}

#[tokio::test(start_paused = true)]
async fn inputs_do_not_wait_for_each_other_between_steps() {
    let (first, second) = (slow(), slow());
    // Both steps have the same delay. With a barrier between them, input 10 would wait for input 90
    // twice.
    let start = Instant::now();
    let mut results = first.pipe(second).batch_as_completed([90u64, 10]);
    assert_eq!(results.next().await.unwrap().0, 1);
    assert_eq!(start.elapsed(), Duration::from_millis(20));
}

#[tokio::test]
async fn a_limit_of_zero_is_refused() {
    let chain = lambda(|n: u64| n);
    for result in chain.batch([1u64, 2]).max_concurrency(0).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let call = chain.invoke(1u64).config(RunConfig::new().max_concurrency(0));
    assert!(call.await.unwrap_err().to_string().contains("1 or more"));
    let configured = chain.with_config(RunConfig::new().max_concurrency(0));
    assert_eq!(configured.invoke(1u64).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let streamed = configured.stream(1u64).concat().await;
    assert_eq!(streamed.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn an_empty_batch_is_ready_at_once() {
    let results = lambda(|n: u64| n).batch(Vec::<u64>::new()).now_or_never().unwrap();
    assert!(results.is_empty());
}

#[tokio::test(start_paused = true)]
async fn dropping_a_batch_cancels_all_running_inputs() {
    let alive = Arc::new(());
    let held = async_lambda({
        let alive = Arc::clone(&alive);
        move |(): (), _| {
            let held = Arc::clone(&alive);
            async move {
                sleep(Duration::from_secs(3600)).await;
                drop(held);
                Ok(())
            }
        }
    });
    let before = Arc::strong_count(&alive);
    let mut batch = held.batch([(), (), ()]);
    assert!((&mut batch).now_or_never().is_none());
    assert!(Arc::strong_count(&alive) >= before + 3);
    drop(batch);
    assert_eq!(Arc::strong_count(&alive), before);
}

#[tokio::test]
async fn each_input_can_have_its_own_configuration() {
    let recorder = crate::recorder::Recorder::default();
    let named = |name: &'static str| RunConfig::new().run_name(name).listener(recorder.clone());
    let chain = lambda(|n: u64| n);
    chain.batch([1u64, 2]).configs([named("one"), named("two")]).await;
    assert_eq!(recorder.script(), ["one start", "one end", "two start", "two end"]);

    for result in chain.batch([1u64, 2]).configs([named("one")]).await {
        assert!(
            result
                .unwrap_err()
                .message()
                .contains("`configs` received 1 configurations for 2 inputs")
        );
    }
}
