//! `max_concurrency` is a single limit for all runs of a call, at every depth.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream};
use proptest::prelude::*;
use runnable_core::{ChildPosition, combinators::RetryPolicy, prelude::*};
use tokio::{
    runtime::Builder,
    time::{Instant, sleep, timeout},
};

type Step = DynRunnable<u64, u64>;

/// Counts the functions that are working.
#[derive(Clone, Default)]
struct Meter {
    now: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
}

impl Meter {
    /// Returns a function that works for this many seconds of paused time.
    fn work(&self, seconds: u64) -> Step {
        let meter = self.clone();
        async_lambda(move |n: u64, _| {
            let meter = meter.clone();
            async move {
                meter
                    .peak
                    .fetch_max(meter.now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                sleep(Duration::from_secs(seconds)).await;
                meter.now.fetch_sub(1, Ordering::Relaxed);
                Ok(n)
            }
        })
        .into_dyn()
    }

    fn peak(&self) -> usize {
        self.peak.swap(0, Ordering::Relaxed)
    }
}

#[derive(Clone, Debug)]
enum Tree {
    Work(u64),
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
    Each(Box<Self>),
    Retry(Box<Self>),
    Named(Box<Self>),
    Nested(Box<Self>),
    Mapped(Box<Self>, Box<Self>),
    Chosen(Box<Self>),
    Limited(Box<Self>),
}

fn trees() -> impl Strategy<Value = Tree> {
    (0..4u64).prop_map(Tree::Work).prop_recursive(4, 16, 2, |inner| {
        let two = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        let one = inner.prop_map(Box::new);
        prop_oneof![
            two.clone().prop_map(|(a, b)| Tree::Sequence(a, b)),
            two.clone().prop_map(|(a, b)| Tree::Parallel(a, b)),
            two.prop_map(|(a, b)| Tree::Mapped(a, b)),
            one.clone().prop_map(Tree::Each),
            one.clone().prop_map(Tree::Chosen),
            one.clone().prop_map(Tree::Limited),
            one.clone().prop_map(Tree::Retry),
            one.clone().prop_map(Tree::Named),
            one.prop_map(Tree::Nested),
        ]
    })
}

fn build(tree: &Tree, meter: &Meter) -> Step {
    let build = |tree: &Tree| build(tree, meter);
    let first = lambda(|(n, _): (u64, u64)| n);
    match tree {
        Tree::Work(seconds) => meter.work(*seconds),
        Tree::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
        Tree::Parallel(a, b) => parallel((build(a), build(b))).pipe(first).into_dyn(),
        Tree::Mapped(a, b) => parallel_dict("a", build(a))
            .with("b", build(b))
            .pipe(lambda(|values: Dict| values.get("a").and_then(|n| n.as_u64()).unwrap_or(0)))
            .into_dyn(),
        Tree::Each(inner) => lambda(|n: u64| vec![n; 3])
            .pipe(build(inner).each())
            .pipe(lambda(|all: Vec<u64>| all[0]))
            .into_dyn(),
        Tree::Retry(inner) => build(inner).with_retry(RetryPolicy::new()).into_dyn(),
        Tree::Named(inner) => build(inner).with_name("named").into_dyn(),
        Tree::Chosen(inner) => build(inner).configurable_alternatives("which", "this").into_dyn(),
        Tree::Limited(inner) => build(inner).with_concurrency_limit(1).into_dyn(),
        Tree::Nested(inner) => {
            let inner = build(inner);
            async_lambda(move |n: u64, cx: RunContext| {
                let inner = inner.clone();
                async move { inner.invoke(n).config(&cx).await }
            })
            .into_dyn()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn max_concurrency_is_never_exceeded_and_never_deadlocks(
        tree in trees(),
        limit in 1..5usize,
        how in 0..3u8,
    ) {
        let meter = Meter::default();
        let chain = build(&tree, &meter);
        let config = RunConfig::new().max_concurrency(limit);
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let call = async {
            match how {
                0 => drop(chain.invoke(7u64).config(config).await.unwrap()),
                1 => drop(chain.stream(7u64).config(config).concat().await.unwrap()),
                _ => chain.batch([1u64, 2, 3]).config(config).await.into_iter().for_each(|result| {
                    result.unwrap();
                }),
            }
        };
        // Time is paused, so this time passes only in a deadlock.
        let done = runtime.block_on(async { timeout(Duration::from_secs(1_000_000), call).await });
        prop_assert!(done.is_ok(), "deadlock");
        let peak = meter.peak();
        prop_assert!(peak <= limit, "{peak} at work, with a limit of {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn max_concurrency_is_used_to_the_full() {
    let meter = Meter::default();
    let wide = parallel((meter.work(1), meter.work(1), meter.work(1), meter.work(1)));
    let limit = |n| RunConfig::new().max_concurrency(n);
    let start = Instant::now();
    wide.invoke(1u64).config(limit(2)).await.unwrap();
    assert_eq!((meter.peak(), start.elapsed()), (2, Duration::from_secs(2)));

    let start = Instant::now();
    wide.batch([1u64, 2]).config(limit(3)).await;
    assert_eq!(meter.peak(), 3);
    assert_eq!(start.elapsed(), Duration::from_secs(3), "eight seconds of work, three at a time");
}

#[tokio::test(start_paused = true)]
async fn a_call_holds_no_permit_before_it_is_awaited() {
    let work = Meter::default().work(1);
    let backwards = async_lambda(move |n: u64, cx: RunContext| {
        let work = work.clone();
        async move {
            let first = cx.child(ChildPosition::Untagged).invoke(&work, n);
            let second = cx.child(ChildPosition::Untagged).invoke(&work, n);
            Ok(second.await? + first.await?)
        }
    });
    let call = backwards.invoke(1u64).config(RunConfig::new().max_concurrency(1));
    assert_eq!(timeout(Duration::from_secs(3600), call).await.expect("deadlock").unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_limited_step_in_a_stream_needs_a_permit_too() {
    let meter = Meter::default();
    let limited = meter.work(1).with_concurrency_limit(1);
    let chain = meter.work(0).pipe(parallel((meter.work(1), limited)));
    let call = chain.stream(1u64).config(RunConfig::new().max_concurrency(1));
    assert_eq!(call.concat().await.unwrap(), (1, 1));
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn calls_per_chunk_do_not_deadlock_with_the_source() {
    let meter = Meter::default();
    let source = generator(|_: ChunkStream<u64>, _| {
        stream::iter(0..3u64).then(|n| async move {
            sleep(Duration::from_secs(1)).await;
            Ok(n)
        })
    });
    let work = meter.work(1);
    let calls = generator(move |chunks: ChunkStream<u64>, cx: RunContext| {
        let work = work.clone();
        chunks.then(move |n| {
            let (work, cx) = (work.clone(), cx.clone());
            async move { work.invoke(n?).config(&cx).await }
        })
    });
    let call = source.pipe(calls).stream(0u64).config(RunConfig::new().max_concurrency(1));
    let last = timeout(Duration::from_secs(3600), call.concat()).await.expect("deadlock");
    assert_eq!(last.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_releases_its_permit() {
    let meter = Meter::default();
    let slow = meter.work(3600).with_timeout(Duration::from_secs(1));
    let rescued = slow.with_fallback(meter.work(1));
    let chain = parallel((rescued.clone(), rescued));
    let config = RunConfig::new().max_concurrency(1);
    let call = chain.invoke(1u64).config(config);
    timeout(Duration::from_secs(3600), call).await.expect("deadlock").unwrap();
}
