//! Budgets of random programs: functions that stream, call, zip, join, select, peek, buffer, batch,
//! spawn and give up, in each other.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{
    StreamExt,
    future::{join, join_all, select, select_all},
    stream,
};
use proptest::prelude::*;
use runnable_core::{combinators::RetryPolicy, prelude::*};
use tokio::{
    runtime::Builder,
    time::{Instant, sleep, timeout},
};

/// When models had work in flight: also one that nobody polls any more has, until that is done.
#[derive(Clone, Default)]
struct Meter(Arc<Mutex<Vec<(Instant, Instant)>>>);

impl Meter {
    async fn work(&self, seconds: u64) {
        // Two pieces, so that it is woken in the middle of its work.
        for wait in [Duration::from_secs(seconds), Duration::from_secs(1)] {
            let begun = Instant::now();
            let _piece = Piece { meter: self, begun, due: begun + wait };
            sleep(wait).await;
        }
    }

    /// How many were at work at once at most.
    fn peak(&self) -> usize {
        let pieces = self.0.lock().unwrap();
        let at = |when| pieces.iter().filter(|(begun, end)| *begun <= when && when < *end).count();
        pieces.iter().map(|(begun, _)| at(*begun)).max().unwrap_or(0)
    }
}

struct Piece<'a> {
    meter: &'a Meter,
    begun: Instant,
    due: Instant,
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        let end = self.due.min(Instant::now());
        self.meter.0.lock().unwrap().push((self.begun, end));
    }
}

/// Streams so many chunks, and is at work while it makes each of them.
#[derive(Clone)]
struct Model {
    meter: Meter,
    seconds: u64,
    chunks: u64,
}

impl Runnable for Model {
    type Input = u64;
    type Output = u64;

    async fn run(&self, n: u64, cx: Context) -> Result<u64> {
        self.run_stream(n, cx).gather().await
    }

    fn run_stream(&self, _: u64, _: Context) -> ChunkStream<u64> {
        let Self { meter, seconds, chunks } = self.clone();
        ChunkStream::new(stream::iter(0..chunks).then(move |n| {
            let meter = meter.clone();
            async move {
                meter.work(seconds).await;
                Ok(n)
            }
        }))
    }
}

#[derive(Clone, Debug)]
enum Program {
    Model {
        seconds: u64,
        chunks: u64,
    },
    /// Fails once, and is tried again after a while.
    Flaky(Box<Self>),
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
    Limited(Box<Self>),
    Each(Box<Self>),
    /// Streams one, and calls another for each chunk.
    PerChunk(Box<Self>, Box<Self>),
    /// The same as a step between steps, so many at once.
    Generator(Box<Self>, Box<Self>, usize),
    Zip(Box<Self>, Box<Self>),
    /// Joins the first chunks of two streams, then reads them to their ends.
    FirstChunks(Box<Self>, Box<Self>),
    /// Reads the first chunk of a stream, which stays open while another is called.
    Peek(Box<Self>, Box<Self>),
    /// Merges two streams, and calls a third for each chunk.
    Merge(Box<Self>, Box<Self>, Box<Self>),
    /// Calls two; whoever loses stays, unpolled, while a third is called.
    Race(Box<Self>, Box<Self>, Box<Self>),
    /// Calls one and loses patience; it stays, unpolled, while another is called.
    Impatient(Box<Self>, Box<Self>),
    /// The same with the next chunk of a stream.
    ImpatientStream(Box<Self>, Box<Self>),
    /// So many calls in a buffer, and another call for each of their results.
    Buffered(Box<Self>, Box<Self>, usize),
    JoinAll(Box<Self>, usize),
    Batch(Box<Self>, usize),
    Spawn(Box<Self>, usize),
    /// Calls one, then works itself.
    Before(Box<Self>),
}

use Program as P;

fn programs() -> impl Strategy<Value = Program> {
    let leaf = (0..4u64, 1..4u64).prop_map(|(seconds, chunks)| P::Model { seconds, chunks });
    leaf.prop_recursive(3, 10, 3, |inner| {
        let one = inner.prop_map(Box::new);
        let two = (one.clone(), one.clone());
        let three = (one.clone(), one.clone(), one.clone());
        prop_oneof![
            one.clone().prop_map(P::Flaky),
            two.clone().prop_map(|(a, b)| P::Sequence(a, b)),
            two.clone().prop_map(|(a, b)| P::Parallel(a, b)),
            one.clone().prop_map(P::Limited),
            one.clone().prop_map(P::Each),
            two.clone().prop_map(|(a, b)| P::PerChunk(a, b)),
            (two.clone(), 1..9usize).prop_map(|((a, b), n)| P::Generator(a, b, n)),
            two.clone().prop_map(|(a, b)| P::Zip(a, b)),
            two.clone().prop_map(|(a, b)| P::FirstChunks(a, b)),
            two.clone().prop_map(|(a, b)| P::Peek(a, b)),
            three.clone().prop_map(|(a, b, c)| P::Merge(a, b, c)),
            three.prop_map(|(a, b, c)| P::Race(a, b, c)),
            two.clone().prop_map(|(a, b)| P::Impatient(a, b)),
            two.clone().prop_map(|(a, b)| P::ImpatientStream(a, b)),
            (two, 1..9usize).prop_map(|((a, b), n)| P::Buffered(a, b, n)),
            (one.clone(), 1..5usize).prop_map(|(a, n)| P::JoinAll(a, n)),
            (one.clone(), 1..5usize).prop_map(|(a, n)| P::Batch(a, n)),
            (one.clone(), 1..5usize).prop_map(|(a, n)| P::Spawn(a, n)),
            one.prop_map(P::Before),
        ]
    })
}

type Step = DynRunnable<u64, u64>;

/// A function that does this with two other steps.
fn function<F>(
    a: Step,
    b: Step,
    body: impl Fn(Step, Step, u64, Context) -> F + Clone + Send + Sync + 'static,
) -> Step
where
    F: Future<Output = Result<u64>> + Send + 'static,
{
    async_lambda(move |n: u64, cx: Context| body(a.clone(), b.clone(), n, cx)).into_dyn()
}

#[allow(clippy::too_many_lines, reason = "one arm for each kind of program")]
fn build(program: &Program, meter: &Meter) -> Step {
    let build = |program: &Program| build(program, meter);
    match program {
        P::Model { seconds, chunks } => {
            Model { meter: meter.clone(), seconds: *seconds, chunks: *chunks }.into_dyn()
        }
        P::Flaky(a) => {
            let (a, tries) = (build(a), Arc::new(AtomicUsize::new(0)));
            let flaky = async_lambda(move |n: u64, cx: Context| {
                let (a, tries) = (a.clone(), tries.clone());
                async move {
                    let result = a.invoke(n).config(&cx).await?;
                    match tries.fetch_add(1, Ordering::SeqCst) % 2 {
                        0 => Err(Error::new(ErrorKind::Timeout, "once more")),
                        _ => Ok(result),
                    }
                }
            });
            flaky.retry(RetryPolicy::new().max_attempts(100)).into_dyn()
        }
        P::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
        P::Parallel(a, b) => {
            parallel((build(a), build(b))).pipe(lambda(|(n, _): (u64, u64)| n)).into_dyn()
        }
        P::Limited(a) => build(a).limit_concurrency(1).into_dyn(),
        P::Each(a) => lambda(|n: u64| vec![n; 3])
            .pipe(build(a).each())
            .pipe(lambda(|all: Vec<u64>| all[0]))
            .into_dyn(),
        P::PerChunk(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let mut chunks = a.stream(n).config(&cx);
            let mut last = 0;
            while let Some(chunk) = chunks.next().await {
                last = b.invoke(chunk?).config(&cx).await?;
            }
            Ok(last)
        }),
        P::Generator(a, b, at_once) => {
            let (b, at_once) = (build(b), *at_once);
            let calls = generator(move |chunks: ChunkStream<u64>, cx: Context| {
                let b = b.clone();
                chunks
                    .map(move |n| {
                        let (b, cx) = (b.clone(), cx.clone());
                        async move { b.invoke(n?).config(&cx).await }
                    })
                    .buffered(at_once)
            });
            build(a).pipe(calls).into_dyn()
        }
        P::Zip(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let mut both = a.stream(n).config(&cx).zip(b.stream(n).config(&cx));
            let mut last = 0;
            while let Some((a, b)) = both.next().await {
                last = a? + b?;
            }
            Ok(last)
        }),
        P::FirstChunks(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let (mut a, mut b) = (a.stream(n).config(&cx), b.stream(n).config(&cx));
            let (first, second) = join(a.next(), b.next()).await;
            first.transpose()?;
            second.transpose()?;
            while let Some(chunk) = a.next().await {
                chunk?;
            }
            while let Some(chunk) = b.next().await {
                chunk?;
            }
            Ok(n)
        }),
        P::Peek(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let mut a = a.stream(n).config(&cx);
            a.next().await.transpose()?;
            let result = b.invoke(n).config(&cx).await;
            drop(a);
            result
        }),
        P::Merge(a, b, c) => {
            let c = build(c);
            function(build(a), build(b), move |a, b, n, cx| {
                let c = c.clone();
                async move {
                    let (a, b) = (a.stream(n).config(&cx), b.stream(n).config(&cx));
                    let mut both = stream::select(a, b);
                    while let Some(chunk) = both.next().await {
                        c.invoke(chunk?).config(&cx).await?;
                    }
                    Ok(n)
                }
            })
        }
        P::Race(a, b, c) => {
            let c = build(c);
            function(build(a), build(b), move |a, b, n, cx| {
                let c = c.clone();
                async move {
                    let (first, _, lost) =
                        select_all([a.invoke(n).config(&cx), b.invoke(n).config(&cx)]).await;
                    let result = c.invoke(first?).config(&cx).await;
                    join_all(lost).await;
                    result
                }
            })
        }
        P::Impatient(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let mut a = a.invoke(n).config(&cx);
            let limit = pin!(sleep(Duration::from_secs(2)));
            let done = matches!(select(&mut a, limit).await, futures::future::Either::Left(_));
            let result = b.invoke(n).config(&cx).await;
            if done { result } else { a.await }
        }),
        P::ImpatientStream(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let mut a = a.stream(n).config(&cx);
            let _ = timeout(Duration::from_secs(2), a.next()).await;
            let result = b.invoke(n).config(&cx).await;
            while let Some(chunk) = a.next().await {
                chunk?;
            }
            result
        }),
        P::Buffered(a, b, at_once) => {
            let at_once = *at_once;
            function(build(a), build(b), move |a, b, n, cx| async move {
                let calls = (0..4).map(|_| a.invoke(n).config(&cx)).collect::<Vec<_>>();
                let mut results = stream::iter(calls).buffered(at_once);
                while let Some(result) = results.next().await {
                    b.invoke(result?).config(&cx).await?;
                }
                Ok(n)
            })
        }
        P::JoinAll(a, count) => {
            let count = *count;
            function(build(a), build(a), move |a, _, n, cx| async move {
                let calls = (0..count).map(|_| a.invoke(n).config(&cx));
                join_all(calls).await.into_iter().sum()
            })
        }
        P::Batch(a, count) => {
            let count = *count;
            function(build(a), build(a), move |a, _, n, cx| async move {
                a.batch(vec![n; count]).config(&cx).await.into_iter().sum()
            })
        }
        P::Spawn(a, count) => {
            let count = *count;
            function(build(a), build(a), move |a, _, n, cx| async move {
                let calls = (0..count).map(|_| tokio::spawn(a.invoke(n).config(&cx)));
                let calls = calls.collect::<Vec<_>>();
                let mut last = 0;
                for call in calls {
                    last = call.await.unwrap()?;
                }
                Ok(last)
            })
        }
        P::Before(a) => {
            let meter = meter.clone();
            function(build(a), build(a), move |a, _, n, cx| {
                let meter = meter.clone();
                async move {
                    let result = a.invoke(n).config(&cx).await;
                    meter.work(1).await;
                    result
                }
            })
        }
    }
}

/// Runs a program, and gives how many models were at work at most.
fn peak(program: &Program, limit: usize, how: u8) -> Option<usize> {
    let meter = Meter::default();
    let chain = build(program, &meter);
    let config = Config::new().max_concurrency(limit);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let call = async {
        match how {
            0 => drop(chain.invoke(7u64).config(config).await.unwrap()),
            1 => drop(chain.stream(7u64).config(config).gather().await.unwrap()),
            _ => chain.batch([1u64, 2, 3]).config(config).await.into_iter().for_each(|result| {
                result.unwrap();
            }),
        }
    };
    // Time is paused: this passes only if nothing else could.
    let done = runtime.block_on(async { timeout(Duration::from_secs(1_000_000), call).await });
    done.ok().map(|()| meter.peak())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_functions_do_a_budget_does_not_lock_up_and_is_not_exceeded(
        program in programs(),
        limit in 1..5usize,
        how in 0..3u8,
    ) {
        let peak = peak(&program, limit, how);
        prop_assert!(peak.is_some(), "locked up");
        prop_assert!(peak <= Some(limit), "{peak:?} at work, with a limit of {limit}");
    }
}
