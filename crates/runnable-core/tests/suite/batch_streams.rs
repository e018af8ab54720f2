//! Calls with a stream of inputs.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures::{FutureExt, Stream, StreamExt, channel::mpsc, stream};
use runnable_core::{TimeoutPhase, calls::BatchStream, prelude::*};
use tokio::time::{Instant, advance, sleep};

use crate::{
    meter::Meter,
    recorder::{EventData, Recorder},
};

const SECOND: Duration = Duration::from_secs(1);

/// Takes as many seconds of paused time as its input says. The input 0 never ends.
fn slow() -> DynRunnable<u64, u64> {
    let slow = async_lambda(|seconds: u64, _| async move {
        match seconds {
            0 => std::future::pending().await,
            seconds => sleep(Duration::from_secs(seconds)).await,
        }
        Ok(seconds)
    });
    slow.with_name("slow").into_dyn()
}

/// Counts the inputs that are pulled from an iterator.
fn counted<T>(inputs: impl IntoIterator<Item = T>) -> (Arc<AtomicUsize>, impl Iterator<Item = T>) {
    let pulled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&pulled);
    let inputs = inputs.into_iter().inspect(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    (pulled, inputs)
}

/// Returns the next result if it is ready. Polls again if the call lets other tasks run first.
fn next_ready<R: Runnable>(results: &mut BatchStream<R>) -> Option<Option<Result<R::Output>>> {
    (0..3).find_map(|_| results.next().now_or_never())
}

/// Inputs that do not arrive. `stream::pending` would state that there are none.
fn never() -> impl Stream<Item = u64> + Unpin {
    stream::poll_fn(|_| Poll::Pending)
}

fn is_refused(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidInput && error.message().contains("before you poll")
}

#[tokio::test(start_paused = true)]
async fn results_of_a_stream_keep_the_order_of_their_inputs() {
    let start = Instant::now();
    let results: Vec<_> = slow().batch_stream(stream::iter([3u64, 1, 2])).collect().await;
    assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [3, 1, 2]);
    assert_eq!(start.elapsed(), 3 * SECOND, "the inputs ran at the same time");
}

#[tokio::test(start_paused = true)]
async fn as_completed_pairs_results_of_a_stream_with_their_indexes() {
    let results = slow().batch_iter([3u64, 1, 2]).as_completed();
    let results: Vec<_> = results.map(|(index, result)| (index, result.unwrap())).collect().await;
    assert_eq!(results, [(1, 1), (2, 2), (0, 3)]);
}

#[tokio::test(start_paused = true)]
async fn inputs_are_converted_like_those_of_a_batch() {
    let shout = lambda(|text: String| text.to_uppercase());
    let results: Vec<_> = shout.batch_iter(["a", "b"]).collect().await;
    assert_eq!(results.into_iter().collect::<Result<Vec<_>>>().unwrap(), ["A", "B"]);
}

#[tokio::test(start_paused = true)]
async fn results_that_wait_for_an_earlier_one_take_up_the_window() {
    let (pulled, inputs) = counted([100u64].into_iter().chain(std::iter::repeat(1)));
    let mut results = slow().batch_iter(inputs).max_concurrency(4);
    assert_eq!(results.next().await.unwrap().unwrap(), 100);
    assert_eq!(pulled.load(Ordering::Relaxed), 4, "three results waited for the first");
    assert!(format!("{results:?}").contains("waiting: 3"), "{results:?}");

    let (pulled, inputs) = counted([100u64].into_iter().chain(std::iter::repeat(1)));
    let results = slow().batch_iter(inputs).max_concurrency(4).as_completed();
    let mut before = results.take_while(|(index, _)| std::future::ready(*index != 0));
    let mut count = 0;
    while before.next().await.is_some() {
        count += 1;
    }
    assert!((296..=300).contains(&count), "three inputs a second for 100 s: {count}");
    assert!(pulled.load(Ordering::Relaxed) <= count + 4);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_poll_stops_the_pulling() {
    let (pulled, inputs) = counted(std::iter::repeat(1u64));
    let mut results = slow().batch_iter(inputs).max_concurrency(3);
    assert_eq!(pulled.load(Ordering::Relaxed), 0, "nothing happens before the first poll");
    results.next().await.unwrap().unwrap();
    let count = pulled.load(Ordering::Relaxed);
    assert!(count <= 4, "{count}");
    sleep(1_000 * SECOND).await;
    assert_eq!(pulled.load(Ordering::Relaxed), count);
}

#[tokio::test]
async fn results_are_yielded_while_the_inputs_are_pending() {
    let (mut sender, inputs) = mpsc::channel(8);
    let mut results = lambda(|n: u64| n * 2).batch_stream(inputs);
    assert!(next_ready(&mut results).is_none());
    for n in [1u64, 2] {
        sender.try_send(n).unwrap();
        assert_eq!(next_ready(&mut results).unwrap().unwrap().unwrap(), n * 2);
        assert!(next_ready(&mut results).is_none());
    }
    // A new input wakes the reader.
    let read = async { results.next().await.unwrap().unwrap() };
    let send = async { sender.try_send(3).unwrap() };
    assert_eq!(futures::join!(read, send).0, 6);
    drop(sender);
    assert!(next_ready(&mut results).unwrap().is_none());
    assert!(next_ready(&mut results).unwrap().is_none(), "the end remains");
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_a_stream_runs_64_inputs_unless_something_has_a_limit() {
    let peak = |meter: &Meter| (meter.model(1, 1), meter.clone());
    let inputs = || vec![1u64; 200];

    let (model, meter) = peak(&Meter::default());
    assert_eq!(model.batch_iter(inputs()).count().await, 200);
    assert_eq!(meter.peak(), 64);

    let (model, meter) = peak(&Meter::default());
    assert_eq!(model.batch_iter(inputs()).max_concurrency(100).count().await, 200);
    assert_eq!(meter.peak(), 100);

    let (model, meter) = peak(&Meter::default());
    let limited = model.with_config(RunConfig::new().max_concurrency(90));
    assert_eq!(limited.batch_iter(inputs()).as_completed().count().await, 200);
    assert_eq!(meter.peak(), 90, "the limit of the step");

    let (model, meter) = peak(&Meter::default());
    let outer = async_lambda(move |n: u64, cx: RunContext| {
        let results = model.batch_iter(vec![n; 200]).config(&cx);
        async move { Ok(results.count().await as u64) }
    });
    let config = RunConfig::new().max_concurrency(80);
    assert_eq!(outer.invoke(1u64).config(config).await.unwrap(), 200);
    assert_eq!(meter.peak(), 80, "the limit of the enclosing run");
}

#[tokio::test(start_paused = true)]
async fn inputs_that_pause_make_room_for_others() {
    let pausing = async_lambda(|n: u64, cx: RunContext| async move {
        cx.pause(sleep(10 * SECOND)).await;
        Ok(n)
    });
    for as_completed in [false, true] {
        let start = Instant::now();
        let results = pausing.batch_iter(0..20u64).max_concurrency(2);
        let count =
            if as_completed { results.as_completed().count().await } else { results.count().await };
        assert_eq!((count, start.elapsed()), (20, 10 * SECOND), "all pause at the same time");
    }
}

#[tokio::test]
async fn a_panic_of_an_input_of_a_stream_is_its_error() {
    let even = lambda(|n: u64| match n % 2 {
        0 => n,
        _ => panic!("{n} is odd"),
    });
    let results: Vec<_> = even.with_name("even").batch_iter(0..4u64).collect().await;
    assert_eq!(*results[2].as_ref().unwrap(), 2);
    let error = results[3].as_ref().unwrap_err();
    assert_eq!(
        (error.kind(), &*error.message()),
        (ErrorKind::Panic, "the step panicked: 3 is odd")
    );
    assert_eq!(error.path().collect::<Vec<_>>(), ["even"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_inputs_reaches_the_caller() {
    let recorder = Recorder::default();
    let inputs = (1..5u64).inspect(|n| assert_ne!(*n, 3, "no third input"));
    let mut results = slow().batch_iter(inputs).config(RunConfig::new().listener(recorder.clone()));
    let panic = AssertUnwindSafe(results.next()).catch_unwind().await.unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("no third input"), "{message}");
    // The inputs before and after it complete, if the caller continues.
    let rest: Vec<_> = results.map(Result::unwrap).collect().await;
    assert_eq!(rest, [1, 2, 4]);
    assert_eq!(recorder.script().iter().filter(|line| *line == "slow end").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_batch_of_a_stream_cancels_its_inputs() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let mut results = slow().batch_iter([1u64, 0, 0, 0]).max_concurrency(2).config(config);
    results.next().await.unwrap().unwrap();
    assert!(results.next().now_or_never().is_none());
    drop(results);
    let mut ends = recorder.script();
    ends.retain(|line| !line.ends_with("start"));
    assert_eq!(ends, ["slow end", "slow cancelled", "slow cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_a_stream_frees_its_inputs_at_its_end() {
    let token = Arc::new(());
    let held = Arc::clone(&token);
    let inputs = (1..3u64).inspect(move |_| drop(Arc::clone(&held)));
    let mut results = slow().batch_iter(inputs);
    while results.next().await.is_some() {}
    assert_eq!(Arc::strong_count(&token), 1, "although the call still exists");
    drop(results);
}

#[tokio::test(start_paused = true)]
async fn the_runs_of_inputs_of_a_stream_have_an_index() {
    let recorder = Recorder::default();
    let chain = slow().pipe(passthrough());
    let config = RunConfig::new().listener(recorder.clone()).tag("t").run_name("item");
    let results = chain.batch_iter([3u64, 2, 1]).config(config).max_concurrency(2);
    assert_eq!(results.count().await, 3);
    let items: Vec<_> =
        recorder.starts().into_iter().filter(|run| run.parent_ids.is_empty()).collect();
    assert_eq!(
        items.iter().map(|run| run.batch_index).collect::<Vec<_>>(),
        [Some(0), Some(1), Some(2)]
    );
    assert!(items.iter().all(|run| run.name == "item" && run.tags[..] == ["t"]));
    assert!(recorder.events().iter().all(|event| event.run.tags.contains(&"t".into())));
}

#[tokio::test(start_paused = true)]
async fn an_invalid_configuration_is_one_error_and_pulls_no_input() {
    let unknown = RunConfig::new().configurable("vioce", "loud");
    for config in [RunConfig::new().max_concurrency(0), unknown] {
        let (pulled, inputs) = counted(std::iter::repeat(1u64));
        let results: Vec<_> = slow().batch_iter(inputs).config(config.clone()).collect().await;
        assert_eq!(results.len(), 1);
        assert_eq!(results[0].as_ref().unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(pulled.load(Ordering::Relaxed), 0);

        let results = slow().batch_iter([1u64]).as_completed().config(config.clone());
        let results: Vec<_> = results.collect().await;
        assert_eq!((results.len(), results[0].0), (1, 0));

        let none = slow().batch_iter(Vec::<u64>::new()).config(config);
        assert_eq!(none.count().await, 0, "there is no input that could fail");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_configuration_stops_a_batch_of_a_stream() {
    let late = || RunConfig::new().tag("late");
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let (pulled, inputs) = counted([0u64, 1, 2, 3].into_iter().chain(std::iter::repeat(9)));
    let mut results = slow().batch_iter(inputs).max_concurrency(3).config(config);
    assert!(tokio::time::timeout(SECOND + SECOND / 2, results.next()).await.is_err());
    let results: Vec<_> = results.config(late()).collect().await;
    assert!(is_refused(results[0].as_ref().unwrap_err()), "this input was running");
    assert_eq!(*results[1].as_ref().unwrap(), 1, "this input had completed");
    assert!(is_refused(results[2].as_ref().unwrap_err()), "this input was running");
    assert!(is_refused(results[3].as_ref().unwrap_err()), "this input was not pulled");
    assert_eq!((results.len(), pulled.load(Ordering::Relaxed)), (4, 3));
    let cancelled = recorder.of("slow");
    let cancelled = cancelled.iter().filter(|data| matches!(data, EventData::Cancelled(_)));
    assert_eq!(cancelled.count(), 2);

    // The configuration is not ignored, although no input is running.
    let mut results = slow().batch_stream(never());
    assert!(results.next().now_or_never().is_none());
    let mut results = results.as_completed().max_concurrency(2);
    let (index, result) = results.next().await.unwrap();
    assert!(index == 0 && is_refused(&result.unwrap_err()));
    assert!(results.next().await.is_none());

    let mut results = slow().batch_iter([1u64]);
    while results.next().await.is_some() {}
    assert!(results.config(late()).next().await.is_none(), "after the end, it has no effect");
}

#[tokio::test(start_paused = true)]
async fn a_token_stops_a_batch_of_a_stream() {
    for running in [false, true] {
        let token = CancellationToken::new();
        let recorder = Recorder::default();
        let config = RunConfig::new().cancellation_token(token.clone()).listener(recorder.clone());
        let inputs: Vec<u64> = if running { vec![1, 0] } else { vec![] };
        let inputs = stream::iter(inputs).chain(never());
        let results = slow().batch_stream(inputs).config(config).map(|result| result.map(drop));
        let cancel = async {
            sleep(10 * SECOND).await;
            token.cancel();
        };
        let start = Instant::now();
        let all = tokio::time::timeout(60 * SECOND, results.collect::<Vec<_>>());
        let (results, ()) = futures::join!(all, cancel);
        let results = results.expect("the token ends the call");
        assert_eq!(start.elapsed(), 10 * SECOND);
        let kinds: Vec<_> =
            results.into_iter().map(|result| result.err().map(|e| e.kind())).collect();
        let cancelled = Some(ErrorKind::Cancelled);
        if running {
            assert_eq!(kinds, [None, cancelled, cancelled], "the last was not pulled");
        } else {
            assert_eq!(kinds, [cancelled]);
        }
        let script = recorder.script();
        assert_eq!(
            script.iter().filter(|line| *line == "slow cancelled").count(),
            usize::from(running)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_applies_to_each_input_and_not_to_the_wait_for_it() {
    let inputs = stream::iter([1u64, 5, 1, 1]).then(|n| async move {
        sleep(10 * SECOND).await;
        n
    });
    let config = RunConfig::new().timeout(2 * SECOND);
    let mut results = slow().batch_stream(Box::pin(inputs)).config(config);
    let mut outcomes = Vec::new();
    while let Some(result) = results.next().await {
        outcomes.push(result.map_err(|error| error.timeout_phase()));
        // A result that is ready does not time out while the reader is away.
        advance(30 * SECOND).await;
    }
    let late = Err(Some(TimeoutPhase::Call));
    assert_eq!(outcomes, [Ok(1), late, Ok(1), Ok(1)]);
}

#[tokio::test(start_paused = true)]
async fn results_that_wait_are_yielded_first_as_completed() {
    let mut results = slow().batch_iter([0u64, 1, 0, 2]);
    assert!(tokio::time::timeout(5 * SECOND, results.next()).await.is_err());
    let mut results = results.as_completed();
    for expected in [(1, 1), (3, 2)] {
        let (index, result) = results.next().now_or_never().unwrap().unwrap();
        assert_eq!((index, result.unwrap()), expected);
    }
    assert!(results.next().now_or_never().is_none());
}

/// Inputs that come from calls under the same limit.
#[tokio::test(start_paused = true)]
async fn batches_whose_inputs_are_results_of_batches_share_one_limit() {
    let meter = Meter::default();
    let model = meter.model(1, 1);
    let outer = async_lambda(move |n: u64, cx: RunContext| {
        let first = model.batch_iter(vec![n; 20]).config(&cx).map(Result::unwrap);
        let second = model.batch_stream(first).config(&cx);
        async move {
            Ok(second.filter(|result| std::future::ready(result.is_ok())).count().await as u64)
        }
    });
    for limit in [1, 3] {
        let results = outer.batch_iter([1u64, 2, 3]).max_concurrency(limit);
        let results: Vec<_> = results.map(Result::unwrap).collect().await;
        assert_eq!(results, [20, 20, 20]);
        assert!(meter.peak() <= limit);
    }
}
