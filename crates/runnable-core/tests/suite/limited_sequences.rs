//! Sequences under a limit. Their steps share a permit.

use std::time::Duration;

use runnable_core::prelude::*;
use tokio::time::{sleep, timeout};

use crate::meter::Meter;

type Step = DynRunnable<u64, u64>;

async fn ends(call: impl IntoFuture<Output = Vec<Result<u64>>>) {
    let results = timeout(Duration::from_secs(10_000), call.into_future()).await;
    assert!(results.expect("the call deadlocked").iter().all(Result::is_ok));
}

/// A step that spawns a task and does not wait for it. The task calls another step after some
/// seconds.
fn leaves_a_task(step: impl Runnable<Input = u64, Output = u64>, after: u64) -> Step {
    let leaves = capture(step, move |step, n: u64, cx| async move {
        drop(tokio::spawn(async move {
            sleep(Duration::from_secs(after)).await;
            step.invoke(n).config(&cx).await
        }));
        sleep(Duration::from_secs(1)).await;
        Ok(n)
    });
    async_lambda(leaves).into_dyn()
}

#[tokio::test(start_paused = true)]
async fn a_task_left_by_a_step_counts_beside_the_next_step() {
    // The task makes its call while the step that spawned it works, or while the next step works.
    for (after, permits) in [(0, 1), (0, 2), (3, 1), (3, 2)] {
        let meter = Meter::default();
        let leaves = || leaves_a_task(meter.model(4, 1), after);
        let three = || leaves().pipe(meter.model(4, 1)).pipe(meter.model(4, 1));
        let chain = three().pipe(three());
        for chain in [chain.clone().with_name("chain").into_dyn(), chain.into_dyn()] {
            let chain = chain.pipe(meter.model(1, 1));
            ends(chain.batch([1u64]).max_concurrency(permits)).await;
            assert_eq!(meter.peak(), permits, "the task calls after {after} s");
        }
    }
}

/// Nested functions, the innermost of which calls a step.
fn nested(depth: usize, step: Step) -> Step {
    (0..depth).fold(step, |step, _| {
        let call =
            capture(step, |step, n: u64, cx| async move { step.invoke(n).config(&cx).await });
        async_lambda(call).into_dyn()
    })
}

#[tokio::test(start_paused = true)]
async fn a_step_that_works_after_a_call_counts_at_any_depth() {
    for depth in 0..36 {
        let meter = Meter::default();
        let works =
            capture((meter.clone(), meter.model(1, 1)), |(meter, model), n: u64, cx| async move {
                model.invoke(n).config(&cx).await?;
                meter.work(5).await;
                Ok(n)
            });
        let sequence = lambda(|n: u64| n).pipe(async_lambda(works)).with_name("sequence");
        let step = nested(depth, sequence.into_dyn());
        ends(step.batch([1u64, 2, 3]).max_concurrency(1)).await;
        assert_eq!(meter.peak(), 1, "at depth {depth}");
    }
}
