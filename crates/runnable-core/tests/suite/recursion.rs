//! A step that calls itself through every kind of call and every combinator, deeper than the stack
//! allows.

use std::{thread, time::Duration};

use futures::{
    future::{BoxFuture, join_all},
    stream,
};
use runnable_core::{
    combinators::{RetryPolicy, Timeouts},
    prelude::*,
};
use tokio::runtime::Builder;

use crate::recorder::Recorder;

type Step = DynRunnable<u64, u64>;

type Way = fn(Step, u64, RunContext) -> BoxFuture<'static, Result<u64>>;

/// Half of the stack size of a runtime thread.
const STACK: usize = 1 << 20;

const DEPTH: u64 = 400;

const LONG: Duration = Duration::from_secs(1_000);

/// Every way in which a step can call another step. Each is a separate future, so that its stack
/// frame has no space for the others.
const WAYS: &[(&str, Way)] = &[
    ("a batch", |next, n, cx| Box::pin(async move { next.batch([n]).config(&cx).await.remove(0) })),
    ("a batch as completed", |next, n, cx| {
        Box::pin(async move { next.batch_as_completed([n]).config(&cx).next().await.unwrap().1 })
    }),
    ("a stream", |next, n, cx| Box::pin(async move { next.stream(n).config(&cx).concat().await })),
    ("chunks", |next, n, cx| {
        Box::pin(async move { next.transform(stream::iter([Ok(n)])).config(&cx).concat().await })
    }),
    ("a list", |next, n, cx| {
        Box::pin(async move { next.each().invoke(vec![n]).config(&cx).await.map(|all| all[0]) })
    }),
    ("a parallel", |next, n, cx| {
        Box::pin(async move {
            parallel((next, passthrough::<u64>())).invoke(n).config(&cx).await.map(|(n, _)| n)
        })
    }),
    ("a parallel map", |next, n, cx| {
        Box::pin(async move {
            parallel_dict("a", next)
                .with("b", passthrough::<u64>())
                .invoke(n)
                .config(&cx)
                .await
                .map(|_| 0)
        })
    }),
    ("a sequence", |next, n, cx| {
        Box::pin(
            async move { passthrough().pipe(next).pipe(passthrough()).invoke(n).config(&cx).await },
        )
    }),
    ("a retry", |next, n, cx| {
        Box::pin(async move { next.with_retry(RetryPolicy::new()).invoke(n).config(&cx).await })
    }),
    ("a fallback", |next, n, cx| {
        Box::pin(async move {
            try_lambda(|_: u64| Err::<u64, _>("no")).with_fallback(next).invoke(n).config(&cx).await
        })
    }),
    ("a branch", |next, n, cx| {
        Box::pin(async move {
            branch(lambda(|_: u64| true), next).otherwise(passthrough()).invoke(n).config(&cx).await
        })
    }),
    ("a router", |next, n, cx| {
        Box::pin(async move { router("a", next).invoke(("a".to_owned(), n)).config(&cx).await })
    }),
    ("alternatives", |next, n, cx| {
        Box::pin(
            async move { next.configurable_alternatives("k", "a").invoke(n).config(&cx).await },
        )
    }),
    ("a configurable step", |next, n, cx| {
        Box::pin(async move { next.declares("k").invoke(n).config(&cx).await })
    }),
    ("a time limit", |next, n, cx| {
        Box::pin(async move { next.with_timeout(LONG).invoke(n).config(&cx).await })
    }),
    ("limits of a stream", |next, n, cx| {
        Box::pin(async move {
            next.with_timeouts(Timeouts::new().total(Duration::MAX))
                .stream(n)
                .config(&cx)
                .concat()
                .await
        })
    }),
    ("a limited step", |next, n, cx| {
        Box::pin(async move { next.with_concurrency_limit(3).invoke(n).config(&cx).await })
    }),
    ("a tag", |next, n, cx| {
        Box::pin(
            async move { next.with_config(RunConfig::new().tag("t")).invoke(n).config(&cx).await },
        )
    }),
    ("a configured time limit", |next, n, cx| {
        Box::pin(async move {
            next.with_config(RunConfig::new().tag("t").timeout(LONG)).invoke(n).config(&cx).await
        })
    }),
    ("a configured concurrency", |next, n, cx| {
        Box::pin(async move {
            next.with_config(RunConfig::new().max_concurrency(2)).invoke(n).config(&cx).await
        })
    }),
    ("a call with a time limit", |next, n, cx| {
        Box::pin(async move { next.invoke(n).config(RunConfig::from(&cx).timeout(LONG)).await })
    }),
    ("a stream with a time limit", |next, n, cx| {
        Box::pin(
            async move { next.stream(n).config(RunConfig::from(&cx).timeout(LONG)).concat().await },
        )
    }),
    ("joined futures", |next, n, cx| {
        Box::pin(async move {
            join_all([next.invoke(n).config(&cx), next.invoke(0u64).config(&cx)]).await.remove(0)
        })
    }),
];

/// A step that counts down by calling itself in one of these ways.
fn recursion(way: Way) -> Step {
    async_lambda(move |n: u64, cx: RunContext| async move {
        match n {
            0 => Ok(0),
            _ => way(recursion(way), n - 1, cx).await,
        }
    })
    .into_dyn()
}

/// Counts down on a separate thread. A stack overflow would abort the tests.
fn counts_down(way: Way, streamed: bool, config: RunConfig) -> Result<u64> {
    let count = move || {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        if streamed {
            runtime.block_on(recursion(way).stream(DEPTH).config(config).concat())
        } else {
            runtime.block_on(recursion(way).invoke(DEPTH).config(config).into_future())
        }
    };
    thread::Builder::new().stack_size(STACK).spawn(count).unwrap().join().unwrap()
}

#[test]
fn a_step_can_call_itself_through_every_combinator() {
    for (name, way) in WAYS {
        assert_eq!(counts_down(*way, false, RunConfig::new()).unwrap(), 0, "{name}");
        assert_eq!(counts_down(*way, true, RunConfig::new()).unwrap(), 0, "{name}, streamed");
    }
}

#[test]
fn a_step_can_call_itself_under_a_limit() {
    for (name, way) in WAYS {
        let config = RunConfig::new().max_concurrency(1);
        assert_eq!(counts_down(*way, false, config).unwrap(), 0, "{name}");
    }
}

#[test]
fn a_watched_step_can_call_itself() {
    for (name, way) in WAYS {
        let recorder = Recorder::default();
        let config = RunConfig::new().listener(recorder.clone());
        assert_eq!(counts_down(*way, false, config).unwrap(), 0, "{name}");
        assert!(recorder.starts().len() > DEPTH as usize, "{name}");
    }
}
