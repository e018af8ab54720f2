//! The items of a job are one batch: they share limits, and a configuration applies to all.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use runnable_core::{
    CancellationToken, Interest, Listener, Run, RunEvent, RunEventData, prelude::*,
};
use runnable_jobs::{Job, StoredJob, inputs::items, journal::MemoryJournal};

use crate::support::{Calls, numbers};

#[tokio::test]
async fn the_limit_of_a_job_holds_for_the_steps_inside_its_items() -> Result<()> {
    let calls = Calls::default();
    let branch = || calls.step(|_| 3);
    let chain = parallel((branch(), branch(), branch()));
    let job = Job::with_journal(MemoryJournal::new(), chain).inputs(items(numbers(20)));
    assert_eq!(job.max_concurrency(4).run().await?.done, 20);
    assert_eq!(calls.total(), 60);
    assert_eq!(calls.most_open(), 4, "all items share one limit");
    Ok(())
}

#[tokio::test]
async fn the_limit_of_a_step_holds_for_all_items() -> Result<()> {
    let calls = Calls::default();
    let chain = calls.step(|_| 3).with_concurrency_limit(2);
    let job = Job::with_journal(MemoryJournal::new(), chain).inputs(items(numbers(20)));
    assert_eq!(job.run().await?.done, 20);
    assert_eq!(calls.most_open(), 2);
    Ok(())
}

/// Records the names of the runs without a parent, and the number of all runs.
#[derive(Clone, Default)]
struct Roots {
    names: Arc<Mutex<Vec<String>>>,
    runs: Arc<AtomicUsize>,
}

impl Listener for Roots {
    fn interest(&self, _: &Run) -> Option<Interest> {
        Some(Interest::lifecycle())
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        if let RunEventData::Start { .. } = event.data {
            self.runs.fetch_add(1, Ordering::Relaxed);
            if event.run.parent_ids.is_empty() {
                let mut names = self.names.lock().expect("no test panics");
                names.push(event.run.name.to_string());
            }
        }
    }
}

#[tokio::test]
async fn each_item_has_a_root_run_of_the_chain() -> Result<()> {
    let roots = Roots::default();
    let step = Calls::default().step(|_| 0).with_name("double");
    let config = RunConfig::new().listener(roots.clone());
    let job = Job::with_journal(MemoryJournal::new(), step).inputs(items(numbers(3)));
    assert_eq!(job.config(config).run().await?.done, 3);
    let names = roots.names.lock().expect("no test panics").clone();
    assert_eq!(names, ["double"; 3]);
    assert_eq!(roots.runs.load(Ordering::Relaxed), 6, "a retry around the step, and nothing else");
    Ok(())
}

#[tokio::test]
async fn an_invalid_configuration_is_an_error_of_the_job() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Calls::default());
    let job = Job::with_journal(journal.clone(), calls.step(|_| 0)).inputs(items(numbers(3)));
    let error = job.config(RunConfig::new().configurable("voice", "loud")).run().await;
    let error = error.expect_err("the chain has no such key");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("unknown configurable key `voice`"), "{error}");
    let status = StoredJob::with_journal(journal).status().await?;
    assert_eq!((status.done, status.failed, status.pending), (0, 0, 0));
    assert_eq!(calls.total(), 0);
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_cancelled_stops_the_job_and_keeps_its_items() -> Result<()> {
    let (journal, token) = (MemoryJournal::new(), CancellationToken::new());
    let cancels = token.clone();
    let chain = async_lambda(move |number: u64, _| {
        let token = cancels.clone();
        async move {
            if number == 5 {
                token.cancel();
                std::future::pending::<()>().await;
            }
            Ok(number)
        }
    });
    let job = || {
        let job = Job::with_journal(journal.clone(), chain.clone());
        job.inputs(items(numbers(20))).max_concurrency(2)
    };
    let config = RunConfig::new().cancellation_token(token);
    let error = job().config(config).run().await.expect_err("the token is cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let status = StoredJob::with_journal(journal.clone()).status().await?;
    assert_eq!((status.failed, status.interrupted), (0, 0));
    assert!(status.done >= 4 && status.pending <= 2, "{status}");
    Ok(())
}
