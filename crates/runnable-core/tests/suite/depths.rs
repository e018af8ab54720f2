//! Deep trees and long chains on a small stack.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use futures::{FutureExt, executor::block_on};
use runnable_core::{combinators::RetryPolicy, prelude::*};

use crate::recorder::Recorder;

/// Half of the stack size of a runtime thread.
const STACK: usize = 1 << 20;

/// Runs a function on a thread with a stack of this size. A stack overflow would abort the tests.
fn on_a_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(STACK).spawn(f).unwrap().join().unwrap()
}

/// A step that counts down by returning itself this many times.
fn countdown() -> DynRunnable<u64, u64> {
    choose(|n: &u64| match *n {
        0 => passthrough().into_dyn(),
        _ => lambda(|n: u64| n - 1).pipe(countdown()).into_dyn(),
    })
    .into_dyn()
}

fn deep(limit: u16) -> RunConfig {
    RunConfig::new().recursion_limit(limit)
}

#[test]
fn a_step_that_returns_itself_a_thousand_times_is_invoked() {
    let output = on_a_thread(|| block_on(countdown().invoke(1_000u64).config(deep(1_001))));
    assert_eq!(output.unwrap(), 0);
}

#[test]
fn a_step_that_returns_itself_a_thousand_times_is_streamed() {
    let call = || countdown().stream(1_000u64).config(deep(1_001)).concat();
    assert_eq!(on_a_thread(move || block_on(call())).unwrap(), 0);
}

#[test]
fn runs_of_a_step_that_returns_itself_are_nested() {
    let recorder = Recorder::default();
    let config = deep(301).listener(recorder.clone());
    let output = on_a_thread(move || block_on(countdown().invoke(300u64).config(config)));
    assert_eq!(output.unwrap(), 0);
    let script = recorder.script();
    assert_eq!(script.iter().filter(|line| line.ends_with(" start")).count(), 902);
    assert_eq!(script.iter().filter(|line| line.ends_with(" end")).count(), 902);
    let starts = recorder.starts();
    let sequences = starts.iter().filter(|run| run.name == "RunnableSequence");
    let parents: Vec<_> = sequences.map(|run| run.parent_ids.len()).collect();
    assert_eq!(parents, (0..300).map(|n| 2 * n + 1).collect::<Vec<_>>());
}

#[test]
fn the_recursion_limit_is_an_error_at_any_depth() {
    let error =
        on_a_thread(|| block_on(countdown().invoke(5_000u64).config(deep(2_000)))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecursionLimit);
    let call = || countdown().stream(5_000u64).config(deep(2_000)).concat();
    let error = on_a_thread(move || block_on(call())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecursionLimit);
}

/// This many nested steps around another step.
pub(crate) fn nested(
    depth: usize,
    inner: impl Runnable<Input = u64, Output = u64>,
) -> DynRunnable<u64, u64> {
    (0..depth).fold(inner.into_dyn(), |inner, _| {
        async_lambda(move |n: u64, cx: RunContext| {
            let inner = inner.clone();
            async move { inner.invoke(n).config(&cx).await }
        })
        .into_dyn()
    })
}

#[test]
fn dropped_nested_runs_end_from_the_inside_out() {
    let stuck = async_lambda(|_: u64, _| std::future::pending::<Result<u64>>());
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    on_a_thread(move || {
        let mut call = nested(500, stuck.with_name("stuck")).invoke(1u64).config(config);
        assert!((&mut call).now_or_never().is_none());
        drop(call);
    });
    let script = recorder.script();
    assert_eq!(script.len(), 2 * 501);
    assert_eq!(script[501], "stuck cancelled", "the innermost is first");
    let ended = script[502..].iter().all(|line| line.ends_with(" cancelled"));
    assert!(ended, "{:?}", &script[502..510]);
    let events = recorder.events();
    let depths: Vec<_> = events[501..].iter().map(|event| event.run.parent_ids.len()).collect();
    assert_eq!(depths, (0..=500).rev().collect::<Vec<_>>());
}

#[test]
fn a_panic_passes_all_runs_around_it() {
    let panics = lambda(|_: u64| -> u64 { panic!("deep down") });
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let payload = on_a_thread(move || {
        let call = nested(100, panics).invoke(1u64).config(config);
        catch_unwind(AssertUnwindSafe(|| block_on(call))).unwrap_err()
    });
    assert_eq!(payload.downcast_ref(), Some(&"deep down"));
    let script = recorder.script();
    assert_eq!(script.iter().filter(|line| line.ends_with(" error")).count(), 101, "{script:?}");
}

#[tokio::test]
async fn many_deep_steps_can_wait_at_once() {
    let slow = async_lambda(|n: u64, _| async move {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        Ok(n + 1)
    });
    let branch = nested(40, slow);
    let both = parallel((branch.clone(), branch)).pipe(lambda(|(a, b): (u64, u64)| a + b));
    assert_eq!(nested(40, both.clone()).invoke(1u64).await.unwrap(), 4);
    let sums = nested(40, both).batch(0..20u64).await;
    let sums: Vec<_> = sums.into_iter().map(Result::unwrap).collect();
    assert_eq!(sums, (0..20).map(|n| 2 * (n + 1)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_task_of_a_deep_step_can_outlive_the_step() {
    let inner = lambda(|n: u64| n + 1).into_dyn();
    let spawns = async_lambda(move |n: u64, cx: RunContext| {
        let call = nested(40, inner.clone()).invoke(n).config(&cx);
        async move {
            let task = tokio::spawn(call);
            tokio::task::yield_now().await;
            task.await.map_err(Error::other)?
        }
    });
    assert_eq!(nested(40, spawns).invoke(1u64).await.unwrap(), 2);
}

const STEPS: usize = 3_000;

fn add_one() -> impl Runnable<Input = u64, Output = u64> {
    lambda(|n: u64| n + 1)
}

/// A chain that is extended at its end.
fn grown_at_the_end() -> DynRunnable<u64, u64> {
    (1..STEPS).fold(add_one().into_dyn(), |chain, _| chain.pipe(add_one()).into_dyn())
}

/// A chain that is extended at its start.
fn grown_at_the_beginning() -> DynRunnable<u64, u64> {
    (1..STEPS).fold(add_one().into_dyn(), |chain, _| add_one().pipe(chain).into_dyn())
}

/// A chain that is extended by several steps at once.
fn grown_by_threes() -> DynRunnable<u64, u64> {
    (0..STEPS / 3).fold(passthrough().into_dyn(), |chain, _| {
        chain.pipe(add_one()).pipe(add_one()).pipe(add_one()).into_dyn()
    })
}

#[test]
fn a_chain_of_thousands_of_erased_steps_is_called_in_every_way() {
    for chain in [grown_at_the_end, grown_at_the_beginning, grown_by_threes] {
        on_a_thread(move || {
            let chain = chain();
            let all = STEPS as u64;
            assert_eq!(block_on(chain.invoke(0u64)).unwrap(), all);
            assert_eq!(block_on(chain.stream(0u64).concat()).unwrap(), all);
            let input = futures::stream::iter([Ok(0)]);
            assert_eq!(block_on(chain.transform(input).concat()).unwrap(), all);
            let batch = block_on(chain.batch([0u64, 1]));
            assert_eq!(batch.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [all, all + 1]);
            drop(chain.stream(0u64));
            let config = RunConfig::new().max_concurrency(1);
            assert_eq!(block_on(chain.invoke(0u64).config(config)).unwrap(), all);
        });
    }
}

#[test]
fn a_chain_of_thousands_of_erased_steps_has_a_graph_and_drops() {
    for (chain, steps) in [
        (grown_at_the_end as fn() -> _, STEPS),
        (grown_at_the_beginning, STEPS),
        (grown_by_threes, STEPS + 1),
    ] {
        on_a_thread(move || {
            let chain = chain();
            assert_eq!(chain.graph().to_string().lines().count(), steps + 1);
            assert!(format!("{chain:?}").starts_with("DynRunnable"));
            assert_eq!(
                chain.clone().pipe(add_one()).graph().to_string().lines().count(),
                steps + 2
            );
        });
    }
}

#[test]
fn chunks_pass_through_thousands_of_erased_steps_one_by_one() {
    on_a_thread(|| {
        let mark = || map_chunks(|text: String| text);
        let chain = (1..STEPS).fold(mark().into_dyn(), |chain, _| chain.pipe(mark()).into_dyn());
        let (input, chunks) = futures::channel::mpsc::unbounded();
        let mut call = chain.transform(chunks);
        for text in ["a", "b"] {
            input.unbounded_send(Ok(text.to_owned())).unwrap();
            assert_eq!(call.next().now_or_never().flatten().unwrap().unwrap(), text);
        }
        assert!(call.next().now_or_never().is_none());
        drop(call);
    });
}

#[test]
fn the_runs_of_an_erased_chain_are_those_of_a_sequence() {
    let step = |name: &'static str| add_one().with_name(name);
    let erased = step("a").into_dyn().pipe(step("b")).into_dyn().pipe(step("c").pipe(step("d")));
    let erased = step("0").pipe(erased).into_dyn().pipe(step("e"));
    let plain = step("0").pipe(step("a")).pipe(step("b")).pipe(step("c")).pipe(step("d"));
    let plain = plain.pipe(step("e"));
    assert_eq!(erased.graph(), plain.graph());
    let runs = |chain: DynRunnable<u64, u64>, streamed: bool| {
        let recorder = Recorder::default();
        let config = RunConfig::new().listener(recorder.clone());
        if streamed {
            block_on(chain.stream(0u64).config(config).concat()).unwrap()
        } else {
            block_on(chain.invoke(0u64).config(config)).unwrap()
        };
        let starts = recorder.starts();
        let starts = starts.iter().map(|run| format!("{} {}", run.name, run.tags.join(" ")));
        (starts.collect::<Vec<_>>(), recorder.script())
    };
    for streamed in [false, true] {
        assert_eq!(
            runs(erased.clone().into_dyn(), streamed),
            runs(plain.clone().into_dyn(), streamed)
        );
    }
}

#[test]
fn thousands_of_steps_can_be_nested() {
    on_a_thread(|| {
        let policy = || RetryPolicy::new().without_backoff();
        let step =
            (0..1_000).fold(add_one().into_dyn(), |step, _| step.with_retry(policy()).into_dyn());
        assert_eq!(block_on(step.invoke(1u64)).unwrap(), 2);
        assert_eq!(block_on(step.stream(1u64).concat()).unwrap(), 2);
    });
}

#[test]
fn a_watched_or_limited_deep_call_uses_no_more_stack() {
    on_a_thread(|| {
        let limited = || deep(1_001).max_concurrency(1);
        assert_eq!(block_on(countdown().invoke(1_000u64).config(limited())).unwrap(), 0);
        assert_eq!(block_on(countdown().stream(1_000u64).config(limited()).concat()).unwrap(), 0);
        let recorder = Recorder::default();
        let watched = deep(501).listener(recorder.clone());
        assert_eq!(block_on(countdown().stream(500u64).config(watched).concat()).unwrap(), 0);
        let script = recorder.script();
        let ends = script.iter().filter(|line| line.ends_with(" end")).count();
        assert_eq!((recorder.starts().len(), ends), (3 * 500 + 2, 3 * 500 + 2));
    });
}

#[test]
fn blocking_code_in_a_deep_run_can_wait_for_a_deep_call() {
    for verb in 0..3 {
        let deep = nested(40, add_one());
        let blocks = lambda(move |n: u64| match verb {
            0 => block_on(deep.invoke(n)).unwrap(),
            1 => block_on(deep.stream(n).concat()).unwrap(),
            _ => block_on(deep.batch([n])).remove(0).unwrap(),
        });
        // A different kind of executor, because an executor refuses to block inside another
        // executor of its kind.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(nested(40, blocks).invoke(1u64).into_future()).unwrap(), 2);
    }
}
