//! Events about waits for a concurrency limit.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt, stream};
use runnable_core::{Listener, RunEvent, RunEventData, WaitReason, prelude::*};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// Records each event with the name of its run, the index of its input, and its wait.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<Seen>>>);

type Seen = (String, Option<usize>, &'static str, Option<u64>);

impl Listener for Waits {
    fn on_event(&self, event: &RunEvent<'_>) {
        let (kind, wait) = match &event.data {
            RunEventData::Start { .. } => ("start", None),
            RunEventData::Wait { reason, wait, .. } => {
                assert_eq!(*reason, WaitReason::CONCURRENCY);
                ("wait", Some(wait.as_secs()))
            }
            data if data.is_terminal() => ("end", None),
            _ => return,
        };
        let seen = (event.run.name.to_string(), event.run.batch_index, kind, wait);
        self.0.lock().unwrap().push(seen);
    }
}

impl Waits {
    /// Returns the waits of the runs with this name: the index of the input, and the seconds.
    fn of(&self, name: &str) -> Vec<(Option<usize>, u64)> {
        let seen = self.0.lock().unwrap();
        let named = seen.iter().filter(|(run, ..)| run == name);
        named.filter_map(|(_, index, _, wait)| Some((*index, (*wait)?))).collect()
    }

    /// Returns whether each wait of a run follows its start directly.
    fn follow_starts(&self) -> bool {
        let seen = self.0.lock().unwrap();
        seen.windows(2).all(|pair| {
            let [first, second] = pair else { return true };
            second.2 != "wait" || (first.2 == "start" && first.0 == second.0 && first.1 == second.1)
        })
    }
}

/// A step that takes as many seconds as its input.
fn work() -> impl Runnable<Input = u64, Output = u64> {
    async_lambda(|seconds: u64, _| async move {
        sleep(Duration::from_secs(seconds)).await;
        Ok(seconds)
    })
    .with_name("work")
}

fn to(waits: &Waits) -> RunConfig {
    RunConfig::new().listener(waits.clone())
}

#[tokio::test(start_paused = true)]
async fn an_input_of_a_batch_reports_its_wait_after_its_start() {
    let waits = Waits::default();
    let call = work().batch([1u64, 1, 1, 1, 1]).config(to(&waits)).max_concurrency(2);
    assert!(call.await.iter().all(Result::is_ok));
    assert_eq!(waits.of("work"), [(Some(2), 1), (Some(3), 1), (Some(4), 2)]);
    assert!(waits.follow_starts());
}

#[tokio::test(start_paused = true)]
async fn an_item_of_each_reports_its_wait() {
    for streamed in [false, true] {
        let waits = Waits::default();
        let (each, config) = (work().each(), to(&waits).max_concurrency(1));
        if streamed {
            drop(each.stream(vec![2u64, 1, 1]).config(config).concat().await.unwrap());
        } else {
            drop(each.invoke(vec![2u64, 1, 1]).config(config).await.unwrap());
        }
        assert_eq!(waits.of("work"), [(Some(1), 2), (Some(2), 3)]);
        assert!(waits.follow_starts());
    }
}

#[tokio::test(start_paused = true)]
async fn a_branch_reports_its_wait_for_a_permit() {
    for streamed in [false, true] {
        let waits = Waits::default();
        let chain = parallel((work(), work(), work()));
        let config = to(&waits).max_concurrency(1);
        if streamed {
            let _ = chain.stream(1u64).config(config).concat().await.unwrap();
        } else {
            let _ = chain.invoke(1u64).config(config).await.unwrap();
        }
        assert_eq!(waits.of("work"), [(None, 1), (None, 2)], "{streamed}");
        assert!(waits.follow_starts());
    }
}

#[tokio::test(start_paused = true)]
async fn a_streamed_step_that_gathers_its_input_reports_its_wait() {
    let waits = Waits::default();
    let chain = passthrough().pipe(parallel((work(), work())));
    let input = stream::iter([Ok(2u64)]);
    chain.transform(input).config(to(&waits).max_concurrency(1)).concat().await.unwrap();
    assert_eq!(waits.of("work"), [(None, 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_started_reports_its_wait_when_it_continues() {
    // The first run pauses for a second. The second run takes its permit for ten seconds.
    let pauses = async_lambda(|seconds: u64, cx: RunContext| async move {
        cx.pause(sleep(SECOND)).await;
        Ok(seconds)
    });
    let long = async_lambda(|_: u64, _| async {
        sleep(10 * SECOND).await;
        Ok(0u64)
    });
    let waits = Waits::default();
    let chain = parallel((pauses.with_name("pauses"), long));
    let start = Instant::now();
    chain.invoke(1u64).config(to(&waits).max_concurrency(1)).await.unwrap();
    assert_eq!(start.elapsed(), 10 * SECOND);
    assert_eq!(waits.of("pauses"), [(None, 9)]);
}

#[tokio::test(start_paused = true)]
async fn a_run_reports_its_wait_for_the_limit_of_its_step() {
    for streamed in [false, true] {
        let waits = Waits::default();
        let limited = work().with_concurrency_limit(1);
        let chain = parallel((limited.clone(), limited));
        if streamed {
            let _ = chain.stream(3u64).config(to(&waits)).concat().await.unwrap();
        } else {
            let _ = chain.invoke(3u64).config(to(&waits)).await.unwrap();
        }
        assert_eq!(waits.of("work"), [(None, 3)], "{streamed}");
        assert!(waits.follow_starts());
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_do_not_wait_report_nothing() {
    let waits = Waits::default();
    let chain = work().pipe(work()).pipe(parallel((work(), work())));
    chain.invoke(1u64).config(to(&waits).max_concurrency(2)).await.unwrap();
    let results = work().batch([1u64, 1]).config(to(&waits)).max_concurrency(2).await;
    assert!(results.iter().all(Result::is_ok));
    // An input of a stream is pulled when it can start.
    let results = work().batch_iter([1u64, 2, 1, 1]).config(to(&waits)).max_concurrency(2);
    assert_eq!(results.count().await, 4);
    // With a single permit, these items get it immediately, because they take no time.
    let mut instant = lambda(|n: u64| n).with_name("work").batch_as_completed([1u64, 2, 3]);
    instant = instant.config(to(&waits)).max_concurrency(1);
    assert_eq!(instant.by_ref().count().await, 3);
    assert_eq!(waits.of("work"), []);
}
