//! Jobs that are paused, stopped, or reach a limit.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, poll_immediate},
    stream::{self, BoxStream},
};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_jobs::{
    Job, JobInputs, JobOutcome, ReadItem, StoredJob, inputs::items, journal::MemoryJournal,
};
use tokio::sync::Semaphore;

use crate::support::{Calls, numbers};

#[tokio::test]
async fn a_job_stops_after_too_many_failures() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Arc::new(AtomicU32::new(0)));
    let counter = Arc::clone(&calls);
    let chain = try_lambda(move |number: u64| {
        counter.fetch_add(1, Ordering::Relaxed);
        if number.is_multiple_of(2) { Ok(number) } else { Err(Error::new(ErrorKind::Parse, "odd")) }
    });
    let job = || {
        let job = Job::with_journal(journal.clone(), chain.clone());
        job.inputs(items(numbers(100))).max_concurrency(1).max_failures(3)
    };
    let report = job().run().await?;
    assert_eq!(report.outcome, JobOutcome::MaxFailures);
    assert_eq!((report.done, report.failed), (3, 3));
    assert_eq!(calls.load(Ordering::Relaxed), 6);
    // The failures of each run are counted.
    assert_eq!(job().run().await?.failed, 6);
    Ok(())
}

#[tokio::test]
async fn a_paused_job_starts_nothing_until_it_is_resumed() -> Result<()> {
    let gate = Arc::new(Semaphore::new(0));
    let open = Arc::clone(&gate);
    let chain = async_lambda(move |number: u64, _| {
        let open = Arc::clone(&open);
        async move {
            open.acquire().await.map_err(Error::other)?.forget();
            Ok(number)
        }
    });
    let job = Job::with_journal(MemoryJournal::new(), chain);
    let run = job.inputs(items(numbers(10))).max_concurrency(2).run();
    let (handle, mut progress) = (run.handle(), run.progress());
    let mut run = pin!(run);
    assert!(poll_immediate(&mut run).await.is_none());

    handle.pause();
    gate.add_permits(10);
    assert!(poll_immediate(&mut run).await.is_none());
    let state = progress.next().await.expect("the job runs");
    assert_eq!(state.state, runnable_jobs::JobState::Paused);
    assert_eq!(gate.available_permits(), 8, "the two calls in flight have ended");
    assert!(poll_immediate(&mut run).await.is_none());
    assert_eq!(gate.available_permits(), 8);

    handle.resume();
    assert_eq!(run.await?.done, 10);
    Ok(())
}

#[tokio::test]
async fn a_job_that_is_stopped_lets_the_calls_in_flight_end() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Calls::default());
    let job = || {
        let job = Job::with_journal(journal.clone(), calls.step(|_| 5));
        job.inputs(items(numbers(10))).max_concurrency(3)
    };
    let run = job().run();
    let handle = run.handle();
    let mut run = pin!(run);
    assert!(poll_immediate(&mut run).await.is_none());
    handle.stop();
    let report = run.await?;
    assert_eq!((report.outcome, report.done, report.pending), (JobOutcome::Stopped, 3, 0));
    assert!(handle.is_stopping());

    let report = job().run().await?;
    assert_eq!((report.done, report.skipped, report.interrupted), (10, 3, 0));
    assert_eq!(calls.total(), 10);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stopped_job_does_not_wait_for_the_next_attempt() -> Result<()> {
    let journal = MemoryJournal::new();
    let job = |fails: bool| {
        let chain = try_lambda(move |number: u64| {
            if fails { Err(Error::new(ErrorKind::Unavailable, "down")) } else { Ok(number) }
        });
        let policy = RetryPolicy::new().initial_backoff(Duration::from_secs(60));
        Job::with_journal(journal.clone(), chain).inputs(items(numbers(2))).retry(policy)
    };
    let run = job(true).run();
    let handle = run.handle();
    let mut run = pin!(run);
    assert!(poll_immediate(&mut run).await.is_none());
    handle.stop();
    // No time passes.
    let report = run.now_or_never().expect("the job ends at once")?;
    assert_eq!((report.outcome, report.failed, report.pending), (JobOutcome::Stopped, 0, 2));

    let report = job(false).run().await?;
    assert_eq!((report.done, report.interrupted), (2, 0));
    Ok(())
}

#[tokio::test]
async fn a_job_that_is_dropped_counts_its_calls_as_in_flight() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Calls::default());
    let waits = Arc::new(AtomicU64::new(u64::MAX));
    let job = || {
        let waits = Arc::clone(&waits);
        let wait = move |_| waits.load(Ordering::Relaxed);
        let job = Job::with_journal(journal.clone(), calls.step(wait));
        // A drop is not a crash, so it does not count for this limit.
        job.inputs(items(numbers(10))).max_concurrency(3).max_crashes(1)
    };
    for _ in 0..4 {
        let mut run = Box::pin(job().run());
        while calls.open() < 3 {
            assert!(poll_immediate(&mut run).await.is_none());
        }
        drop(run);
        assert_eq!(calls.open(), 0, "the calls are cancelled");
        let status = StoredJob::with_journal(journal.clone()).status().await?;
        assert_eq!((status.pending, status.interrupted), (3, 3));
    }
    waits.store(0, Ordering::Relaxed);
    let report = job().run().await?;
    assert_eq!((report.done, report.failed, report.interrupted), (10, 0, 3));
    assert_eq!(calls.most_open(), 3);
    Ok(())
}

#[tokio::test]
async fn a_lower_limit_in_the_configuration_of_a_job_applies() -> Result<()> {
    let calls = Calls::default();
    let job = Job::with_journal(MemoryJournal::new(), calls.step(|_| 3)).inputs(items(numbers(20)));
    let report = job.config(RunConfig::new().max_concurrency(2)).run().await?;
    assert_eq!((report.done, calls.most_open()), (20, 2));
    Ok(())
}

/// Inputs that cannot be counted.
struct Uncountable;

impl JobInputs<u64> for Uncountable {
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<u64>>> {
        stream::iter(numbers(3).into_iter().map(|item| Ok(item.into()))).boxed()
    }

    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        async { panic!("the inputs are counted") }.boxed()
    }
}

#[tokio::test]
async fn the_inputs_are_counted_only_if_the_progress_is_watched() -> Result<()> {
    let job = Job::with_journal(MemoryJournal::new(), Calls::default().step(|_| 0));
    assert_eq!(job.inputs(Uncountable).run().await?.done, 3);
    Ok(())
}
