//! Limits in random programs: nested functions that stream, call, zip, join, select, peek, buffer,
//! batch, spawn, stop waiting, and set their own limits.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt, StreamExt,
    future::{join, join_all, select, select_all},
    stream,
    stream::FuturesUnordered,
};
use proptest::prelude::*;
use runnable_core::{
    Listener, RunEvent, RunEventData, RunId, combinators::RetryPolicy, prelude::*,
};
use tokio::{
    runtime::Builder,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::meter::Meter;

/// Checks that each run ends once and after its start, and that it starts inside a run that is
/// open.
#[derive(Clone, Default)]
pub(crate) struct Checker {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Whether the run has ended.
    ended: HashMap<RunId, bool>,
    faults: Vec<String>,
}

impl Listener for Checker {
    fn on_event(&self, event: &RunEvent<'_>) {
        let Seen { ended, faults } = &mut *self.seen.lock().unwrap();
        let (run, parent) = (event.run.id, event.run.parent_id());
        let around = parent.map(|parent| ended.get(&parent).copied());
        let name = &event.run.name;
        match &event.data {
            RunEventData::Start { .. } => {
                if ended.insert(run, false).is_some() {
                    faults.push(format!("{name} started twice"));
                }
                if !matches!(around, None | Some(Some(false))) {
                    faults.push(format!("{name} started outside the run around it"));
                }
            }
            data if !data.is_terminal() => {
                if ended.get(&run) != Some(&false) {
                    faults.push(format!("{name} had an event before its start or after its end"));
                }
            }
            _ => {
                if ended.insert(run, true) != Some(false) {
                    faults.push(format!("{name} ended twice, or without a start"));
                }
                if !matches!(around, None | Some(Some(false))) {
                    faults.push(format!("{name} ended after the run around it"));
                }
            }
        }
    }
}

impl Checker {
    pub(crate) fn faults(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let open = seen.ended.values().filter(|ended| !**ended).count();
        let open = (open > 0).then(|| format!("{open} runs did not end"));
        seen.faults.iter().cloned().chain(open).collect()
    }
}

#[derive(Clone, Debug)]
enum Program {
    Model {
        seconds: u64,
        chunks: u64,
    },
    /// Fails once, and is retried after a while.
    Flaky(Box<Self>),
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
    Limited(Box<Self>),
    Each(Box<Self>),
    /// Streams the first step, and calls the second for each chunk.
    PerChunk(Box<Self>, Box<Self>),
    /// The same as a step between other steps, with this many calls at once.
    Generator(Box<Self>, Box<Self>, usize),
    Zip(Box<Self>, Box<Self>),
    /// Joins the first chunks of two streams, then reads them to their ends.
    FirstChunks(Box<Self>, Box<Self>),
    /// Reads the first chunk of a stream, which stays open while the other step is called.
    Peek(Box<Self>, Box<Self>),
    /// Merges two streams, and calls a step for each chunk.
    Merge(Box<Self>, Box<Self>, Box<Self>),
    /// Calls both steps in a race. The loser remains unpolled while another call runs.
    Race(Box<Self>, Box<Self>, Box<Self>),
    /// Calls a step with a timeout. The call remains unpolled while another call runs.
    Impatient(Box<Self>, Box<Self>),
    /// The same with the next chunk of a stream.
    ImpatientStream(Box<Self>, Box<Self>),
    /// Buffers this many calls, and makes another call for each result.
    Buffered(Box<Self>, Box<Self>, usize),
    JoinAll(Box<Self>, usize),
    Batch(Box<Self>, usize),
    /// A batch of this many inputs, each of which is the result of a call.
    BatchStream(Box<Self>, Box<Self>, usize),
    Spawn(Box<Self>, usize),
    /// The same in a `JoinSet`, with another call for each result.
    Tasks(Box<Self>, Box<Self>, usize),
    /// A task that calls both steps in a race, leaves the loser unpolled, and makes another call.
    TaskRace(Box<Self>, Box<Self>, Box<Self>),
    /// A task that reads the first chunk of a stream, while the function calls the other step.
    TaskPeek(Box<Self>, Box<Self>),
    /// Calls in a queue of futures beside a timer, which are not polled while another call runs.
    Unread(Box<Self>, Box<Self>),
    /// A call with a time limit, and another call after it.
    TimeLimit(Box<Self>, Box<Self>),
    /// Starts a call, drops it, and makes another call.
    Dropped(Box<Self>, Box<Self>),
    /// Starts a stream, reads one chunk, drops the stream, and makes a call.
    DroppedStream(Box<Self>, Box<Self>),
    /// A call of a step with its own limit.
    Inner(Box<Self>, usize, How),
    /// Calls a step, and then works itself.
    Before(Box<Self>),
    /// Pauses, works itself, and calls a step.
    Pause(Box<Self>),
    /// Pauses twice at once, in a queue of futures, and then works and calls a step.
    Pauses(Box<Self>),
    /// Pauses during a call, and then makes another call.
    PauseBeside(Box<Self>, Box<Self>),
    /// Streams, and pauses before each chunk.
    PausingModel {
        seconds: u64,
        chunks: u64,
    },
}

use Program as P;

fn programs() -> impl Strategy<Value = Program> {
    let leaf = (0..4u64, 1..4u64, 0..4u8).prop_map(|(seconds, chunks, kind)| match kind {
        0 => P::PausingModel { seconds, chunks },
        _ => P::Model { seconds, chunks },
    });
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
            three.clone().prop_map(|(a, b, c)| P::Race(a, b, c)),
            two.clone().prop_map(|(a, b)| P::Impatient(a, b)),
            two.clone().prop_map(|(a, b)| P::ImpatientStream(a, b)),
            (two.clone(), 1..9usize).prop_map(|((a, b), n)| P::Buffered(a, b, n)),
            (one.clone(), 1..5usize).prop_map(|(a, n)| P::JoinAll(a, n)),
            (one.clone(), 1..5usize).prop_map(|(a, n)| P::Batch(a, n)),
            (two.clone(), 1..5usize).prop_map(|((a, b), n)| P::BatchStream(a, b, n)),
            (one.clone(), 1..5usize).prop_map(|(a, n)| P::Spawn(a, n)),
            (two.clone(), 1..5usize).prop_map(|((a, b), n)| P::Tasks(a, b, n)),
            three.prop_map(|(a, b, c)| P::TaskRace(a, b, c)),
            two.clone().prop_map(|(a, b)| P::TaskPeek(a, b)),
            two.clone().prop_map(|(a, b)| P::Unread(a, b)),
            two.clone().prop_map(|(a, b)| P::TimeLimit(a, b)),
            two.clone().prop_map(|(a, b)| P::Dropped(a, b)),
            two.clone().prop_map(|(a, b)| P::DroppedStream(a, b)),
            (one.clone(), 1..4usize, calls()).prop_map(|(a, n, how)| P::Inner(a, n, how)),
            one.clone().prop_map(P::Before),
            one.clone().prop_map(P::Pause),
            one.prop_map(P::Pauses),
            two.prop_map(|(a, b)| P::PauseBeside(a, b)),
        ]
    })
}

fn calls() -> impl Strategy<Value = How> {
    prop_oneof![
        Just(How::Invoked),
        Just(How::Streamed),
        Just(How::Transformed),
        Just(How::Batched),
        Just(How::BatchedAsCompleted),
        Just(How::BatchStreamed),
        Just(How::BatchStreamedAsCompleted),
    ]
}

type Step = DynRunnable<u64, u64>;

/// Returns a function that does this with two other steps.
fn function<F>(
    a: Step,
    b: Step,
    body: impl Fn(Step, Step, u64, RunContext) -> F + Clone + Send + Sync + 'static,
) -> Step
where
    F: Future<Output = Result<u64>> + Send + 'static,
{
    async_lambda(move |n: u64, cx: RunContext| body(a.clone(), b.clone(), n, cx)).into_dyn()
}

#[allow(clippy::too_many_lines, reason = "one arm for each kind of program")]
fn build(program: &Program, meter: &Meter) -> Step {
    let build = |program: &Program| build(program, meter);
    match program {
        P::Model { seconds, chunks } => meter.model(*seconds, *chunks).into_dyn(),
        P::PausingModel { seconds, chunks } => meter.model(*seconds, *chunks).pausing().into_dyn(),
        P::Flaky(a) => {
            let (a, tries) = (build(a), Arc::new(AtomicUsize::new(0)));
            let flaky = async_lambda(move |n: u64, cx: RunContext| {
                let (a, tries) = (a.clone(), tries.clone());
                async move {
                    let result = a.invoke(n).config(&cx).await?;
                    match tries.fetch_add(1, Ordering::SeqCst) % 2 {
                        0 => Err(Error::new(ErrorKind::Timeout, "once more")),
                        _ => Ok(result),
                    }
                }
            });
            flaky.with_retry(RetryPolicy::new().max_attempts(100)).into_dyn()
        }
        P::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
        P::Parallel(a, b) => {
            parallel((build(a), build(b))).pipe(lambda(|(n, _): (u64, u64)| n)).into_dyn()
        }
        P::Limited(a) => build(a).with_concurrency_limit(1).into_dyn(),
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
            let calls = generator(move |chunks: ChunkStream<u64>, cx: RunContext| {
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
        P::BatchStream(a, b, count) => {
            let count = *count;
            function(build(a), build(b), move |a, b, n, cx| async move {
                let inputs = stream::iter(0..count).then({
                    let cx = cx.clone();
                    move |_| a.invoke(n).config(&cx).map(Result::unwrap)
                });
                let results = b.batch_stream(inputs).max_concurrency(count).config(&cx);
                results.collect::<Vec<_>>().await.into_iter().sum()
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
        P::Tasks(a, b, count) => {
            let count = *count;
            function(build(a), build(b), move |a, b, n, cx| async move {
                let mut tasks = JoinSet::new();
                (0..count).for_each(|_| drop(tasks.spawn(a.invoke(n).config(&cx))));
                while let Some(result) = tasks.join_next().await {
                    b.invoke(result.unwrap()?).config(&cx).await?;
                }
                Ok(n)
            })
        }
        P::TaskRace(a, b, c) => {
            let c = build(c);
            function(build(a), build(b), move |a, b, n, cx| {
                let c = c.clone();
                async move {
                    let calls = [a.invoke(n).config(&cx), b.invoke(n).config(&cx)];
                    let task = tokio::spawn(async move {
                        let (first, _, lost) = select_all(calls).await;
                        let result = c.invoke(first?).config(&cx).await;
                        join_all(lost).await;
                        result
                    });
                    task.await.unwrap()
                }
            })
        }
        P::TaskPeek(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let mut chunks = a.stream(n).config(&cx);
            let task = tokio::spawn(async move {
                chunks.next().await.transpose()?;
                Ok::<_, Error>(chunks)
            });
            let result = b.invoke(n).config(&cx).await;
            let mut chunks = task.await.unwrap()?;
            b.invoke(n).config(&cx).await?;
            while let Some(chunk) = chunks.next().await {
                chunk?;
            }
            result
        }),
        P::Unread(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let call = || a.invoke(n).config(&cx).map(drop).boxed();
            let timers = (1..4).map(|seconds| sleep(Duration::from_secs(seconds)).boxed());
            let calls = (0..2).map(|_| call()).chain(timers);
            let mut all = calls.collect::<FuturesUnordered<_>>();
            all.next().await;
            let result = b.invoke(n).config(&cx).await;
            all.collect::<Vec<_>>().await;
            result
        }),
        P::TimeLimit(a, b) => {
            function(build(a).with_timeout(Duration::from_secs(3)).into_dyn(), build(b), {
                |a, b, n, cx| async move {
                    let _ = a.invoke(n).config(&cx).await;
                    b.invoke(n).config(&cx).await
                }
            })
        }
        P::Dropped(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let _ = timeout(Duration::from_secs(2), a.invoke(n).config(&cx)).await;
            b.invoke(n).config(&cx).await
        }),
        P::DroppedStream(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            a.stream(n).config(&cx).next().await.transpose()?;
            b.invoke(n).config(&cx).await
        }),
        P::Inner(a, limit, how) => {
            let (a, limit, how, meter) = (a.clone(), *limit, *how, meter.clone());
            async_lambda(move |n: u64, cx: RunContext| {
                let (a, meter) = (a.clone(), meter.inner());
                async move {
                    let config = RunConfig::new().max_concurrency(limit);
                    let limited = self::build(&a, &meter).with_config(config).into_dyn();
                    let result = call(limited, n, how, RunConfig::from(&cx)).await;
                    meter.exceeded.fetch_add(usize::from(meter.peak() > limit), Ordering::SeqCst);
                    result
                }
            })
            .into_dyn()
        }
        P::Pause(a) => {
            let meter = meter.clone();
            function(build(a), build(a), move |a, _, n, cx| {
                let meter = meter.clone();
                async move {
                    cx.pause(sleep(Duration::from_secs(2))).await;
                    meter.work(1).await;
                    a.invoke(n).config(&cx).await
                }
            })
        }
        P::Pauses(a) => {
            let meter = meter.clone();
            function(build(a), build(a), move |a, _, n, cx| {
                let meter = meter.clone();
                async move {
                    let pauses =
                        (1..3).map(|seconds| cx.pause(sleep(Duration::from_secs(seconds))));
                    pauses.collect::<FuturesUnordered<_>>().collect::<Vec<_>>().await;
                    meter.work(1).await;
                    a.invoke(n).config(&cx).await
                }
            })
        }
        P::PauseBeside(a, b) => function(build(a), build(b), |a, b, n, cx| async move {
            let pause = cx.pause(sleep(Duration::from_secs(2)));
            let (result, ()) = join(a.invoke(n).config(&cx), pause).await;
            b.invoke(result?).config(&cx).await
        }),
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

/// The outcome of a call.
#[derive(Debug)]
struct Outcome {
    peak: usize,
    exceeded: usize,
    faults: Vec<String>,
}

/// The kind of call.
#[derive(Clone, Copy, Debug)]
enum How {
    Invoked,
    Streamed,
    Batched,
    BatchedAsCompleted,
    BatchStreamed,
    BatchStreamedAsCompleted,
    Transformed,
}

/// Calls a step. A batch has three inputs.
async fn call(step: Step, n: u64, how: How, config: RunConfig) -> Result<u64> {
    match how {
        How::Invoked => step.invoke(n).config(config).await,
        How::Streamed => step.stream(n).config(config).concat().await,
        How::Transformed => step.transform(stream::iter([Ok(n)])).config(config).concat().await,
        How::Batched => step.batch([n; 3]).config(config).await.into_iter().sum(),
        How::BatchedAsCompleted => {
            let results = step.batch_as_completed([n; 3]).config(config);
            results.map(|(_, result)| result).collect::<Vec<_>>().await.into_iter().sum()
        }
        How::BatchStreamed => {
            let results = step.batch_iter([n; 3]).config(config);
            results.collect::<Vec<_>>().await.into_iter().sum()
        }
        How::BatchStreamedAsCompleted => {
            let results = step.batch_iter([n; 3]).config(config).as_completed();
            results.map(|(_, result)| result).collect::<Vec<_>>().await.into_iter().sum()
        }
    }
}

/// Runs a program. Returns `None` if it deadlocks.
fn run(program: &Program, limit: usize, how: How, watched: bool) -> Option<Outcome> {
    let (meter, checker) = (Meter::default(), Checker::default());
    let chain = build(program, &meter);
    let mut config = RunConfig::new().max_concurrency(limit);
    if watched {
        config = config.listener(checker.clone());
    }
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let call = async { call(chain, 7, how, config).await.unwrap() };
    // Time is paused, so this time passes only in a deadlock.
    let done = runtime.block_on(async { timeout(Duration::from_secs(1_000_000), call).await });
    // Including detached tasks, whose runs end here.
    drop(runtime);
    let exceeded = meter.exceeded.load(Ordering::SeqCst);
    done.ok().map(|_| Outcome { peak: meter.peak(), exceeded, faults: checker.faults() })
}

/// Whether a task can outlive the run that spawned it, because that run may be dropped.
fn orphans_tasks(program: &Program) -> bool {
    let text = format!("{program:?}");
    let spawns = ["Spawn", "Tasks", "TaskRace", "TaskPeek"].iter().any(|name| text.contains(name));
    let drops = ["TimeLimit", "Dropped", "Peek"].iter().any(|name| text.contains(name));
    spawns && drops
}

proptest! {
    #![proptest_config(ProptestConfig {
        // `PROPTEST_CASES` can only raise the number of cases.
        cases: ProptestConfig::default().cases.max(4_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_limit_holds_without_deadlock_in_random_programs(
        program in programs(),
        limit in 1..5usize,
        how in calls(),
        watched: bool,
    ) {
        let outcome = run(&program, limit, how, watched);
        prop_assert!(outcome.is_some(), "deadlock");
        let Some(Outcome { peak, exceeded, mut faults }) = outcome else { return Ok(()) };
        prop_assert!(peak <= limit, "{peak} at work, with a limit of {limit}");
        prop_assert!(exceeded == 0, "{exceeded} inner limits exceeded");
        if orphans_tasks(&program) {
            faults.retain(|fault| !fault.contains("the run around it"));
        }
        prop_assert!(faults.is_empty(), "{faults:?}");
    }
}

#[test]
fn a_step_that_drops_a_pausing_stream_keeps_the_limit() {
    let pausing = |chunks| Box::new(P::PausingModel { seconds: 0, chunks });
    let program = P::Sequence(
        Box::new(P::Zip(pausing(1), pausing(2))),
        Box::new(P::Model { seconds: 0, chunks: 1 }),
    );
    let outcome = run(&program, 1, How::Batched, false).unwrap();
    assert_eq!(outcome.peak, 1);
}
