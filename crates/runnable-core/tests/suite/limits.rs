//! The concurrency limit of a step: over all calls, in streams, in trees, and inside itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::join, stream};
use proptest::prelude::*;
use runnable_core::{combinators::RetryPolicy, prelude::*};
use tokio::{
    runtime::Builder,
    time::{Instant, sleep, timeout},
};

use crate::{recorder::Recorder, words::Words};

type Step = DynRunnable<u64, u64>;

const LONG: Duration = Duration::from_secs(1_000_000);

/// Returns a step that works for a second of paused time, and the maximum number of its concurrent
/// runs.
fn metered() -> (impl Runnable<Input = u64, Output = u64>, Arc<AtomicUsize>) {
    let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&peak);
    let work = async_lambda(move |n: u64, _| {
        let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            sleep(Duration::from_secs(1)).await;
            now.fetch_sub(1, Ordering::Relaxed);
            Ok(n)
        }
    });
    (work, seen)
}

#[derive(Clone, Debug)]
enum Tree {
    /// The step with a limit, which is the same everywhere.
    Limited,
    Work,
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
    Each(Box<Self>),
    Retry(Box<Self>),
    Nested(Box<Self>),
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![3 => Just(Tree::Limited), 1 => Just(Tree::Work)];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let two = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        let one = inner.prop_map(Box::new);
        prop_oneof![
            two.clone().prop_map(|(a, b)| Tree::Sequence(a, b)),
            two.prop_map(|(a, b)| Tree::Parallel(a, b)),
            one.clone().prop_map(Tree::Each),
            one.clone().prop_map(Tree::Retry),
            one.prop_map(Tree::Nested),
        ]
    })
}

fn build(tree: &Tree, limited: &Step) -> Step {
    let build = |tree: &Tree| build(tree, limited);
    match tree {
        Tree::Limited => limited.clone(),
        Tree::Work => metered().0.into_dyn(),
        Tree::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
        Tree::Parallel(a, b) => {
            parallel((build(a), build(b))).pipe(lambda(|(n, _): (u64, u64)| n)).into_dyn()
        }
        Tree::Each(inner) => lambda(|n: u64| vec![n; 3])
            .pipe(build(inner).each())
            .pipe(lambda(|all: Vec<u64>| all[0]))
            .into_dyn(),
        Tree::Retry(inner) => build(inner).with_retry(RetryPolicy::new()).into_dyn(),
        Tree::Nested(inner) => {
            let (before, inner) = (metered().0, build(inner));
            async_lambda(move |n: u64, cx: RunContext| {
                let (before, inner) = (before.clone(), inner.clone());
                async move {
                    let n = before.invoke(n).config(&cx).await?;
                    inner.invoke(n).config(&cx).await
                }
            })
            .into_dyn()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_concurrency_limit_is_never_exceeded_or_deadlocked(
        tree in trees(),
        limit in 1..4usize,
        budget in prop::option::of(1..4usize),
        how in 0..3u8,
    ) {
        let (work, peak) = metered();
        let chain = build(&tree, &work.with_concurrency_limit(limit).into_dyn());
        let config = budget.map_or(RunConfig::new(), |limit| RunConfig::new().max_concurrency(limit));
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let call = || async {
            match how {
                0 => chain.invoke(7u64).config(config.clone()).await,
                1 => chain.stream(7u64).config(config.clone()).concat().await,
                _ => {
                    let results = chain.batch([1u64, 2, 3]).config(config.clone()).await;
                    results.into_iter().sum()
                }
            }
        };
        // Two calls with their own `max_concurrency` share the limit.
        let calls = async { join(call(), call()).await };
        let done = runtime.block_on(async { timeout(LONG, calls).await });
        let Ok((first, second)) = done else { panic!("deadlock") };
        prop_assert!(first.is_ok() && second.is_ok());
        let peak = peak.load(Ordering::Relaxed);
        prop_assert!(peak <= limit, "{peak} at once, with a limit of {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_clones_use_a_concurrency_limit_to_the_full() {
    let (work, peak) = metered();
    let limited = work.with_concurrency_limit(2);
    let start = Instant::now();
    let (first, second) = (limited.batch([1u64, 2, 3]), limited.clone().batch([4u64, 5, 6]));
    let (first, second) = join(first, second).await;
    assert!(first.iter().chain(&second).all(Result::is_ok));
    assert_eq!((peak.load(Ordering::Relaxed), start.elapsed()), (2, Duration::from_secs(3)));
}

#[tokio::test(start_paused = true)]
async fn a_limited_step_can_be_twice_in_a_streamed_chain() {
    let limited = Words.with_concurrency_limit(1);
    let chain = limited.clone().pipe(limited.clone()).pipe(limited);
    let streamed = timeout(LONG, chain.stream("a b").concat()).await.expect("deadlock");
    assert_eq!(streamed.unwrap(), "a b");
}

#[test]
fn a_stream_holds_its_permit_until_it_ends_or_is_dropped() {
    let limited = Words.with_concurrency_limit(1);
    let mut first = limited.stream("a b");
    assert_eq!(first.next().now_or_never().unwrap().unwrap().unwrap(), "a ");
    let mut second = limited.stream("c");
    assert!(second.next().now_or_never().is_none(), "the first has not ended");
    assert_eq!(first.next().now_or_never().unwrap().unwrap().unwrap(), "b");
    assert!(first.next().now_or_never().unwrap().is_none());
    assert_eq!(second.next().now_or_never().unwrap().unwrap().unwrap(), "c");

    let mut third = limited.stream("d");
    assert!(third.next().now_or_never().is_none());
    drop(second);
    assert_eq!(third.next().now_or_never().unwrap().unwrap().unwrap(), "d");
}

#[tokio::test(start_paused = true)]
async fn a_run_waiting_for_a_limit_does_not_use_max_concurrency() {
    let (work, _) = metered();
    let limited = work.with_concurrency_limit(1);
    let blocking = limited.stream(1u64);
    let mut blocking = std::pin::pin!(blocking);
    assert!(blocking.next().now_or_never().is_none());

    // The function has the only permit, and lends it to its sibling while it waits.
    let (free, worked) = metered();
    let waits = async_lambda(move |n: u64, cx: RunContext| {
        let limited = limited.clone();
        async move { limited.invoke(n).config(&cx).await }
    });
    let both = parallel((waits, free));
    let mut both = both.invoke(1u64).config(RunConfig::new().max_concurrency(1));
    assert!(timeout(Duration::from_secs(10), &mut both).await.is_err(), "the permit is taken");
    assert_eq!(worked.load(Ordering::Relaxed), 1, "the sibling does not wait");
    drop(blocking.next().await);
    assert_eq!(blocking.next().await.map(drop), None);
    assert_eq!(timeout(LONG, both).await.expect("deadlock").unwrap(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_limited_step_can_call_itself() {
    #[derive(Clone)]
    struct Down(Arc<std::sync::OnceLock<Step>>);
    impl Runnable for Down {
        type Input = u64;
        type Output = u64;

        async fn run(&self, n: u64, cx: RunContext) -> Result<u64> {
            let Some(next) = n.checked_sub(1) else {
                return Ok(0);
            };
            let again = self.0.get().unwrap();
            let both = parallel((again.clone(), again.clone()));
            let (a, b) = both.invoke(next).config(&cx).await?;
            Ok(a + b + 1)
        }
    }
    for (limit, budget) in [(1, 1), (1, 3), (2, 1), (2, 2)] {
        let this = Arc::default();
        let down = Down(Arc::clone(&this)).with_concurrency_limit(limit);
        assert!(this.set(down.clone().into_dyn()).is_ok());
        let call = down.batch([3u64, 4]).config(RunConfig::new().max_concurrency(budget));
        let results = timeout(LONG, call).await.expect("deadlock");
        let sums: Vec<_> = results.into_iter().map(Result::unwrap).collect();
        assert_eq!(sums, [7, 15]);
    }
}

#[tokio::test]
async fn a_limit_of_0_is_refused() {
    let error = Words.with_concurrency_limit(0).invoke("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "invalid with_concurrency_limit: 0; set it to 1 or more");
    let streamed = Words.with_concurrency_limit(0).stream("a").concat().await.unwrap_err();
    assert_eq!(streamed.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_limit_has_no_run_and_the_step_starts_with_its_permit() {
    let recorder = Recorder::default();
    let limited = Words.with_concurrency_limit(1);
    let holds = limited.stream("x");
    let mut holds = std::pin::pin!(holds);
    holds.next().await.unwrap().unwrap();
    let input = stream::iter([Ok("a".to_owned())]);
    let mut call = limited.transform(input).config(RunConfig::new().listener(recorder.clone()));
    assert!(call.next().now_or_never().is_none());
    assert!(recorder.events().is_empty(), "the step waits for its permit");
    assert!(holds.next().await.is_none());
    assert_eq!(call.concat().await.unwrap(), "a");
    assert_eq!(recorder.script(), ["Words start", "Words chunk", "Words end"]);
}

#[tokio::test(start_paused = true)]
async fn permits_are_granted_in_the_order_of_waiting() {
    let (work, _) = metered();
    let results = work.with_concurrency_limit(1).batch_as_completed(0..5u64);
    let order: Vec<_> = results.map(|(index, _)| index).collect().await;
    assert_eq!(order, [0, 1, 2, 3, 4]);
}
