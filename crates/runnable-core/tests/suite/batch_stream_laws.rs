//! Laws of calls with a stream of inputs, for random inputs, limits and readers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, future, stream, stream::BoxStream};
use proptest::prelude::*;
use runnable_core::{calls::BatchStream, prelude::*};
use tokio::{
    runtime::Builder,
    time::{sleep, timeout},
};

use crate::programs::Checker;

/// An input of the batch.
#[derive(Clone, Copy, Debug)]
struct Job {
    /// How long the stream of inputs is pending before this input.
    gap: u64,
    work: u64,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Output,
    Error,
    Panic,
}

fn jobs() -> impl Strategy<Value = Vec<Job>> {
    let end = prop_oneof![6 => Just(End::Output), 1 => Just(End::Error), 1 => Just(End::Panic)];
    let gap = prop_oneof![3 => Just(0), 1 => 1..20u64];
    let work = prop_oneof![1 => Just(0), 3 => 1..40u64, 1 => Just(200)];
    prop::collection::vec(
        (gap, work, end).prop_map(|(gap, work, end)| Job { gap, work, end }),
        0..60,
    )
}

/// How the results are read.
#[derive(Clone, Copy, Debug)]
struct Reader {
    as_completed: bool,
    /// How long the reader is away after each result.
    away: u64,
    /// The time after which the reader drops the stream. `None` if it reads the stream to its end.
    leaves: Option<u64>,
    watched: bool,
}

fn readers() -> impl Strategy<Value = Reader> {
    let away = prop_oneof![3 => Just(0), 1 => 1..15u64];
    let leaves = prop_oneof![2 => Just(None), 1 => (0..600u64).prop_map(Some)];
    (any::<bool>(), away, leaves, any::<bool>()).prop_map(
        |(as_completed, away, leaves, watched)| Reader { as_completed, away, leaves, watched },
    )
}

/// Counts values that exist at the same time.
#[derive(Clone, Default)]
struct Live {
    now: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
}

/// A value that is counted until it is dropped.
#[derive(Debug, serde::Serialize)]
struct Counted {
    index: usize,
    #[serde(skip)]
    now: Arc<AtomicUsize>,
}

impl Live {
    fn add(&self, index: usize) -> Counted {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(now, Ordering::Relaxed);
        Counted { index, now: Arc::clone(&self.now) }
    }

    fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.now.fetch_add(1, Ordering::Relaxed);
        Self { index: self.index, now: Arc::clone(&self.now) }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl_at_once!(Counted);

/// Returns the results with their indexes.
fn numbered<R: Runnable>(
    results: BatchStream<R>,
    as_completed: bool,
) -> BoxStream<'static, (usize, Result<R::Output>)> {
    if as_completed { results.as_completed().boxed() } else { results.enumerate().boxed() }
}

/// Checks the result of an input.
fn is_right(job: Job, index: usize, result: &Result<Counted>) -> bool {
    match (job.end, result) {
        (End::Output, Ok(output)) => output.index == index,
        (End::Error, Err(error)) => error.kind() == ErrorKind::Other,
        (End::Panic, Err(error)) => error.kind() == ErrorKind::Panic,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn results_are_complete_in_order_and_within_the_window(
        jobs in jobs(),
        limit in 1..9usize,
        reader in readers(),
    ) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (live, checker) = (Live::default(), Checker::default());
        // The number of inputs that were pulled and have no result that was read.
        let (pending, widest) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let inputs = {
            let (live, pending, widest) = (live.clone(), Arc::clone(&pending), Arc::clone(&widest));
            stream::iter(jobs.clone()).enumerate().then(move |(index, job)| {
                let input = live.clone();
                let (pending, widest) = (Arc::clone(&pending), Arc::clone(&widest));
                async move {
                    if job.gap > 0 {
                        sleep(Duration::from_millis(job.gap)).await;
                    }
                    widest.fetch_max(pending.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                    input.add(index)
                }
            })
        };
        let work = async_lambda({
            let jobs = jobs.clone();
            move |input: Counted, _| {
                let job = jobs[input.index];
                async move {
                    sleep(Duration::from_millis(job.work)).await;
                    match job.end {
                        End::Output => Ok(input),
                        End::Error => Err(Error::other("refused")),
                        End::Panic => panic!("at {}", input.index),
                    }
                }
            }
        });
        let config = if reader.watched { RunConfig::new().listener(checker.clone()) } else { RunConfig::new() };
        let (mut order, mut wrong) = (Vec::new(), Vec::new());
        runtime.block_on(async {
            let call = work.pipe(passthrough()).batch_stream(inputs).max_concurrency(limit).config(config);
            let mut results = numbered(call, reader.as_completed);
            let read = async {
                while let Some((index, result)) = results.next().await {
                    pending.fetch_sub(1, Ordering::Relaxed);
                    order.push(index);
                    if !is_right(jobs[index], index, &result) {
                        wrong.push((index, result.map(drop)));
                    }
                    sleep(Duration::from_millis(reader.away)).await;
                }
            };
            match reader.leaves {
                Some(leaves) => drop(timeout(Duration::from_millis(leaves), read).await),
                None => read.await,
            }
        });
        prop_assert!(wrong.is_empty(), "{wrong:?}");
        prop_assert!(widest.load(Ordering::Relaxed) <= limit, "the window was exceeded");
        // A result is counted as read just before the reader drops it.
        prop_assert!(live.peak() <= limit + 1, "{} values of {limit}", live.peak());
        prop_assert_eq!(live.now.load(Ordering::Relaxed), 0, "a value was not dropped");
        prop_assert!(checker.faults().is_empty(), "{:?}", checker.faults());
        if !reader.as_completed {
            prop_assert!(order.iter().copied().eq(0..order.len()), "{order:?}");
        }
        order.sort_unstable();
        order.dedup();
        if reader.leaves.is_none() {
            prop_assert_eq!(order.len(), jobs.len());
        }
    }

    /// The results of a batch are those of a batch of a stream.
    #[test]
    fn a_batch_of_a_stream_agrees_with_a_batch(
        numbers in prop::collection::vec(0..100u64, 0..200),
        limit in 1..70usize,
    ) {
        let step = try_lambda(|n: u64| match n % 3 {
            0 => Err(format!("{n} is divisible")),
            _ => Ok(n),
        });
        let plain = |result: Result<u64>| result.map_err(|error| error.message());
        let batch = step.batch(numbers.clone()).max_concurrency(limit);
        let batch: Vec<_> = batch.now_or_never().unwrap().into_iter().map(plain).collect();
        let streamed = step.batch_iter(numbers).max_concurrency(limit).map(plain);
        prop_assert_eq!(streamed.collect::<Vec<_>>().now_or_never().unwrap(), batch);
    }
}

/// Polls many inputs through a batch, and returns the maximum number of inputs and outputs that
/// existed at once.
async fn peak_of(count: usize, limit: Option<usize>, as_completed: bool) -> usize {
    let live = Live::default();
    let input = live.clone();
    let step = async_lambda(|input: Counted, _| async move {
        if input.index.is_multiple_of(7) {
            tokio::task::yield_now().await;
        }
        Ok(input)
    });
    let mut call = step.batch_iter((0..count).map(move |index| input.add(index)));
    if let Some(limit) = limit {
        call = call.max_concurrency(limit);
    }
    let read = numbered(call, as_completed).filter(|(_, result)| future::ready(result.is_ok()));
    assert_eq!(read.count().await, count);
    assert_eq!(live.now.load(Ordering::Relaxed), 0);
    live.peak()
}

#[tokio::test(start_paused = true)]
async fn of_100_000_inputs_only_the_window_is_in_memory() {
    for as_completed in [false, true] {
        for (limit, most) in [(None, 64), (Some(1), 1), (Some(500), 500)] {
            let peak = peak_of(100_000, limit, as_completed).await;
            assert!(peak <= most + 1, "{peak} values, with a limit of {limit:?}");
            assert!(peak >= most.min(64), "{peak} values do not use the limit of {limit:?}");
        }
    }
}
