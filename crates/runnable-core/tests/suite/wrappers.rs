//! Thousands of nested transparent steps.

use std::{thread, time::Duration};

use futures::stream;
use runnable_core::{Runs, combinators::Timeouts, prelude::*};
use tokio::runtime::Builder;

use crate::recorder::Recorder;

type Step = DynRunnable<u64, u64>;

/// Half of the stack size of a runtime thread.
const STACK: usize = 1 << 20;

const DEPTH: usize = 3_000;

/// The number of levels in the tests of graphs, because a graph and the code that displays it use
/// stack for each level.
const DRAWN: usize = 500;

/// The name of a wrapper, and the wrapper.
type Wrapper = (&'static str, fn(Step) -> Step);

/// Every kind of transparent wrapper.
const WRAPPERS: [Wrapper; 9] = [
    ("with_name", |step| step.with_name("named").into_dyn()),
    ("with_config", |step| step.with_config(RunConfig::new().metadata("k", 1)).into_dyn()),
    ("a time limit of a configuration", |step| {
        step.with_config(RunConfig::new().timeout(Duration::from_secs(1_000))).into_dyn()
    }),
    ("timeout", |step| step.with_timeout(Duration::from_secs(1_000)).into_dyn()),
    ("limits", |step| {
        step.with_timeouts(Timeouts::new().idle(Duration::from_secs(1_000))).into_dyn()
    }),
    ("alternatives", |step| step.configurable_alternatives("key", "this").into_dyn()),
    ("configurable", |step| step.configurable_field("key", |step, _: u64| step).into_dyn()),
    ("declares", |step| step.declares("key").into_dyn()),
    ("with_concurrency_limit", |step| step.with_concurrency_limit(3).into_dyn()),
];

fn wrapped(wrap: fn(Step) -> Step, depth: usize) -> Step {
    (0..depth).fold(lambda(|n: u64| n + 1).into_dyn(), |step, _| wrap(step))
}

/// Runs a function on a thread with this stack. A stack overflow would abort the tests.
fn on_a_thread<T: Send + 'static>(f: impl Future<Output = T> + Send + 'static) -> T {
    let runs = move || {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(f)
    };
    thread::Builder::new().stack_size(STACK).spawn(runs).unwrap().join().unwrap()
}

#[test]
fn thousands_of_nested_wrappers_can_be_called() {
    for (name, wrap) in WRAPPERS {
        on_a_thread(async move {
            let step = wrapped(wrap, DEPTH);
            assert_eq!(step.invoke(1u64).await.unwrap(), 2, "{name}, invoked");
            assert_eq!(step.stream(1u64).concat().await.unwrap(), 2, "{name}, streamed");
            let chunks = step.transform(stream::iter([Ok(1)]));
            assert_eq!(chunks.concat().await.unwrap(), 2, "{name}, fed chunks");
            assert_eq!(step.batch([1u64]).await.remove(0).unwrap(), 2, "{name}, in a batch");
            drop(step.stream(1u64));
        });
    }
}

#[test]
fn thousands_of_nested_wrappers_can_be_watched_and_limited() {
    for (name, wrap) in WRAPPERS {
        on_a_thread(async move {
            let step = wrapped(wrap, DEPTH);
            let recorder = Recorder::default();
            let config = RunConfig::new().listener(recorder.clone());
            assert_eq!(step.invoke(1u64).config(config.clone()).await.unwrap(), 2, "{name}");
            assert_eq!(step.stream(1u64).config(config).concat().await.unwrap(), 2, "{name}");
            assert_eq!(recorder.starts().len(), 2, "{name} adds no run");
            let limited = || RunConfig::new().max_concurrency(1);
            assert_eq!(step.invoke(1u64).config(limited()).await.unwrap(), 2, "{name}");
            assert_eq!(step.stream(1u64).config(limited()).concat().await.unwrap(), 2, "{name}");
        });
    }
}

#[test]
fn thousands_of_nested_wrappers_have_a_graph_and_info() {
    for (name, wrap) in WRAPPERS {
        on_a_thread(async move {
            let step = wrapped(wrap, DRAWN);
            assert_eq!(step.clone().pipe(passthrough()).runs(), Runs::Flat(2), "{name}");
            assert!(!format!("{:?}", step.info()).is_empty(), "{name}");
            assert!(step.graph().to_string().lines().count() >= 1, "{name}");
        });
    }
}

#[test]
fn wrappers_and_runs_can_be_nested_alternately() {
    let wrap = |step: Step, (_, wrap): (&str, fn(Step) -> Step)| {
        let inner = wrap(wrap(step));
        async_lambda(move |n: u64, cx: RunContext| {
            let inner = inner.clone();
            async move { inner.invoke(n).config(&cx).await }
        })
        .into_dyn()
    };
    on_a_thread(async move {
        let step = WRAPPERS.into_iter().cycle().take(400);
        let step = step.fold(lambda(|n: u64| n + 1).into_dyn(), wrap);
        assert_eq!(step.invoke(1u64).await.unwrap(), 2);
        assert_eq!(step.stream(1u64).concat().await.unwrap(), 2);
        let limited = RunConfig::new().max_concurrency(1);
        assert_eq!(step.invoke(1u64).config(limited).await.unwrap(), 2);
    });
}

#[test]
fn an_error_passes_thousands_of_wrappers() {
    let fails = || try_lambda(|_: u64| Err::<u64, _>("no")).with_name("fails").into_dyn();
    for (name, wrap) in WRAPPERS {
        on_a_thread(async move {
            let step = (0..DEPTH).fold(fails(), |step, _| wrap(step));
            let error = step.invoke(1u64).await.unwrap_err();
            assert_eq!(error.path().count(), 1, "{name}: {error}");
            let error = step.stream(1u64).concat().await.unwrap_err();
            assert_eq!(error.path().count(), 1, "{name}: {error}");
        });
    }
}
