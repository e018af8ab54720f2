//! Random calls that share a request, under a concurrency limit.

use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::{join_all, select};
use proptest::{collection::vec, prelude::*};
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::prelude::*;
use runnable_core::{Listener, RunEvent, RunEventData, RunId};
use runnable_rate_limit::{ModelRateLimitExt, Quantity, RateLimiter};
use tokio::{
    runtime::Builder,
    time::{Instant, sleep, timeout},
};

use crate::calling_steps::CallsSteps;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The times at which steps worked. A clone is a handle to the same times.
#[derive(Clone, Default)]
struct Meter(Arc<Mutex<Vec<(Instant, Instant)>>>);

/// A piece of work. A step that is no longer polled counts until its work is done.
struct Piece {
    meter: Meter,
    begun: Instant,
    due: Instant,
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.meter.0.lock().unwrap().push((self.begun, self.due.min(Instant::now())));
    }
}

impl Meter {
    async fn work(self, time: Duration) {
        let begun = Instant::now();
        let _piece = Piece { meter: self, begun, due: begun + time };
        sleep(time).await;
    }

    /// Returns the maximum number of steps that worked at once.
    fn peak(&self) -> usize {
        let pieces = self.0.lock().unwrap();
        let at = |when| pieces.iter().filter(|(begun, end)| *begun <= when && when < *end).count();
        pieces.iter().map(|(begun, _)| at(*begun)).max().unwrap_or(0)
    }
}

/// Checks that each run starts and ends once, inside the run that called it.
#[derive(Clone, Default)]
struct Checker(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    /// Whether the run has ended.
    ended: HashMap<RunId, bool>,
    faults: Vec<String>,
}

impl Listener for Checker {
    fn on_event(&self, event: &RunEvent<'_>) {
        let Seen { ended, faults } = &mut *self.0.lock().unwrap();
        let name = &event.run.name;
        let is_outside = event.run.parent_id().is_some_and(|id| ended.get(&id) != Some(&false));
        let is_faulty = match &event.data {
            RunEventData::Start { .. } => ended.insert(event.run.id, false).is_some(),
            data if data.is_terminal() => ended.insert(event.run.id, true) != Some(false),
            _ => ended.get(&event.run.id) != Some(&false),
        };
        if is_faulty || is_outside {
            faults.push(format!("{name}: {:?}", event.data));
        }
    }
}

impl Checker {
    /// Returns what was wrong, including the number of runs without an end.
    fn faults(&self) -> Vec<String> {
        let Seen { ended, faults } = &*self.0.lock().unwrap();
        let open = ended.values().filter(|ended| !**ended).count();
        let open = (open > 0).then(|| format!("{open} runs did not end"));
        faults.iter().cloned().chain(open).collect()
    }
}

/// A model with a cache.
#[derive(Clone, Debug)]
struct Program {
    chunks: u64,
    /// How long the provider pauses before each step.
    pause: u64,
    /// How long each step works.
    work: u64,
    limiter_inside: bool,
    limiter_outside: bool,
    /// Whether the steps of the provider are calls of another model with the same cache.
    is_nested: bool,
}

/// What one of the callers of the model does.
#[derive(Clone, Copy, Debug)]
enum Caller {
    Invokes,
    /// Reads this many chunks, leaves the stream open while it makes another call, and continues.
    Peeks(u64),
    /// Makes a call with a time limit.
    Limits(u64),
    /// Reads this many chunks, and drops the stream.
    Stops(u64),
    /// Stops polling a call after this time, and makes an equal call.
    Leaves(u64),
    /// Makes a call in a task.
    Spawns,
    /// Makes a call without the limit of the program.
    Apart,
    /// Makes two equal calls with a limit inside the limit.
    Batches,
}

fn callers() -> impl Strategy<Value = Caller> {
    prop_oneof![
        2 => Just(Caller::Invokes),
        1 => (0..4_u64).prop_map(Caller::Peeks),
        1 => (1..6_u64).prop_map(Caller::Limits),
        1 => (0..4_u64).prop_map(Caller::Stops),
        1 => (0..6_u64).prop_map(Caller::Leaves),
        1 => Just(Caller::Spawns),
        1 => Just(Caller::Apart),
        1 => Just(Caller::Batches),
    ]
}

fn programs() -> impl Strategy<Value = Program> {
    let times = (1..4_u64, 0..3_u64, 0..3_u64);
    (times, any::<[bool; 3]>()).prop_map(|((chunks, pause, work), flags)| Program {
        chunks,
        pause,
        work,
        limiter_inside: flags[0],
        limiter_outside: flags[1],
        is_nested: flags[2],
    })
}

impl Program {
    fn model(&self, meter: &Meter, limiter: &RateLimiter) -> ChatModel {
        let (meter, work) = (meter.clone(), seconds(self.work));
        let step = async_lambda(move |number: u64, _: RunContext| {
            let work = meter.clone().work(work);
            async move {
                work.await;
                Ok(format!("{number} "))
            }
        });
        let cache = AnswerCache::in_memory();
        let inner = step.with_name("step");
        let provider = if self.is_nested {
            let model = ChatModel::new(CallsSteps::new(inner).with_chunks(1));
            let ask = lambda(|number: u64| PromptValue::from(number.to_string()));
            CallsSteps::new(ask.pipe(model.with_cache(&cache)).pipe(text()))
        } else {
            CallsSteps::new(inner)
        };
        let provider = provider.with_chunks(self.chunks).pausing(seconds(self.pause));
        let limited = |model: ChatModel, is_limited| {
            if is_limited { model.with_rate_limiter(limiter) } else { model }
        };
        let model = limited(ChatModel::new(provider), self.limiter_inside).with_cache(&cache);
        limited(model, self.limiter_outside)
    }
}

/// Calls the model as the caller does. Only the callers that end early return errors.
async fn call(model: ChatModel, caller: Caller, cx: RunContext) -> Result<()> {
    let ask = || model.invoke("Count.").config(&cx);
    match caller {
        Caller::Invokes => drop(ask().await?),
        Caller::Peeks(chunks) => {
            let mut stream = model.stream("Count.").config(&cx);
            for _ in 0..chunks {
                stream.next().await.transpose()?;
            }
            ask().await?;
            while stream.next().await.transpose()?.is_some() {}
        }
        Caller::Limits(time) => {
            drop(model.clone().with_timeout(seconds(time)).invoke("Count.").config(&cx).await)
        }
        Caller::Stops(chunks) => {
            let mut stream = model.stream("Count.").config(&cx);
            for _ in 0..chunks {
                stream.next().await.transpose()?;
            }
        }
        Caller::Leaves(time) => {
            let (left, wait) = (pin!(ask()), pin!(sleep(seconds(time))));
            let left = select(left, wait).await;
            ask().await?;
            drop(left);
        }
        Caller::Spawns => drop(tokio::spawn(ask()).await.unwrap()?),
        Caller::Apart => drop(model.invoke("Count.").await?),
        Caller::Batches => {
            let answers = model.batch(["Count."; 2]).config(&cx).max_concurrency(1).await;
            answers.into_iter().collect::<Result<Vec<_>>>()?;
        }
    }
    Ok(())
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The number of cases comes from `PROPTEST_CASES`.
        cases: ProptestConfig::default().cases.max(256),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn calls_that_share_a_request_end_within_their_limit(
        program in programs(),
        callers in vec((0..4_u64, callers()), 1..7),
        limit in 1..4_usize,
        drop_after in prop::option::of(0..30_u64),
    ) {
        let (meter, checker) = (Meter::default(), Checker::default());
        let limiter = RateLimiter::new().limit(Quantity::Requests, 2, seconds(3));
        let model = program.model(&meter, &limiter);
        // A call apart has its own limit, so steps that it calls do not count.
        let is_apart = callers.iter().any(|(_, caller)| matches!(caller, Caller::Apart));
        let is_dropped = drop_after.is_some();
        // The run of a task can end after a dropped call.
        let callers: Vec<_> = callers
            .into_iter()
            .filter(|(_, caller)| !is_dropped || !matches!(caller, Caller::Spawns))
            .collect();
        let all = async_lambda({
            let (model, callers) = (model.clone(), callers.clone());
            move |_: String, cx: RunContext| {
                let calls = callers.clone().into_iter().map(|(delay, caller)| {
                    let (model, cx) = (model.clone(), cx.clone());
                    async move {
                        cx.pause(sleep(seconds(delay))).await;
                        call(model, caller, cx).await
                    }
                });
                let calls = join_all(calls.collect::<Vec<_>>());
                async move { Ok(calls.await.into_iter().filter(Result::is_err).count() as u64) }
            }
        });
        let config = RunConfig::new().max_concurrency(limit).listener(checker.clone());
        block_on(async {
            let call = all.invoke("Go").config(config.clone());
            match drop_after {
                Some(time) => drop(timeout(seconds(time), call).await),
                None => {
                    let failed = timeout(DAY, call).await;
                    prop_assert!(failed.is_ok(), "deadlock");
                }
            }
            prop_assert!(checker.faults().is_empty(), "{:?}", checker.faults());
            // The cache is free for further calls.
            let batch = model.batch(["Count."; 3]).config(config).max_concurrency(1);
            let again = timeout(DAY, batch).await;
            prop_assert!(again.is_ok(), "deadlock after the call");
            prop_assert!(again.unwrap().iter().all(Result::is_ok));
            sleep(DAY).await;
            Ok(())
        })?;
        prop_assert!(checker.faults().is_empty(), "{:?}", checker.faults());
        prop_assert_eq!(limiter.waiting(), 0);
        let peak = meter.peak();
        prop_assert!(is_apart || peak <= limit, "{peak} at work");
    }
}
