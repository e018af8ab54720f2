//! Jobs that are paused, stopped or dropped while the journal is busy, or between two attempts.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, executor::block_on, future::poll_immediate};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_jobs::{Job, JobOutcome, JobReport, StoredJob, inputs::items, journal::MemoryJournal};
use tokio::sync::Semaphore;

use crate::support::{Calls, CrashJournal, Random, numbers};

const ITEMS: u64 = 4;

fn job(journal: &CrashJournal, calls: &Calls) -> Job<impl Runnable<Input = u64> + use<>> {
    // An item that counts as the cause of a crash fails at once.
    let job = Job::with_journal(journal.clone(), calls.step(|_| 0)).max_crashes(1);
    job.inputs(items(numbers(ITEMS))).max_concurrency(4)
}

/// Polls a job, and makes all changes durable, until it has ended.
fn finish(
    mut run: Pin<&mut impl Future<Output = Result<JobReport>>>,
    journal: &CrashJournal,
) -> JobReport {
    loop {
        if let Some(report) = block_on(poll_immediate(&mut run)) {
            break report.expect("the journal does not fail");
        }
        journal.flush_all();
    }
}

/// Returns the numbers of pending items, and of items in flight.
fn pending(journal: &CrashJournal) -> (u64, u64) {
    let status = block_on(StoredJob::with_journal(journal.clone()).status());
    let status = status.expect("the journal is readable");
    (status.pending, status.interrupted)
}

#[test]
fn an_item_that_is_not_called_yet_does_not_start_after_a_stop() {
    let (journal, calls) = (CrashJournal::default(), Calls::default());
    let run = job(&journal, &calls).run();
    let handle = run.handle();
    let mut run = pin!(run);
    assert!(block_on(poll_immediate(&mut run)).is_none(), "the items wait for the journal");

    handle.stop();
    let report = finish(run.as_mut(), &journal);
    assert_eq!((report.outcome, report.pending), (JobOutcome::Stopped, ITEMS));
    assert_eq!(calls.total(), 0);
    assert_eq!(pending(&journal), (ITEMS, 0), "no call was in flight");

    let report = finish(pin!(job(&journal, &calls).run()), &journal);
    assert_eq!((report.done, report.failed, report.interrupted), (ITEMS, 0, 0));
}

#[test]
fn an_item_that_is_not_called_yet_does_not_start_after_a_pause() {
    let (journal, calls) = (CrashJournal::default(), Calls::default());
    let run = job(&journal, &calls).run();
    let handle = run.handle();
    let mut run = pin!(run);
    assert!(block_on(poll_immediate(&mut run)).is_none());

    handle.pause();
    for _ in 0..4 {
        journal.flush_all();
        assert!(block_on(poll_immediate(&mut run)).is_none());
    }
    assert_eq!(calls.total(), 0);

    handle.resume();
    assert_eq!(finish(run.as_mut(), &journal).done, ITEMS);
}

#[test]
fn a_drop_before_the_call_is_not_a_crash() {
    let (journal, calls) = (CrashJournal::default(), Calls::default());
    for _ in 0..3 {
        let mut run = Box::pin(job(&journal, &calls).run());
        assert!(block_on(poll_immediate(&mut run)).is_none());
        drop(run);
        journal.flush_all();
        assert_eq!(pending(&journal), (ITEMS, 0), "no call was in flight");
    }
    let report = finish(pin!(job(&journal, &calls).run()), &journal);
    assert_eq!((report.done, report.failed, report.interrupted), (ITEMS, 0, 0));
    assert_eq!(calls.total(), ITEMS);
}

#[test]
fn an_item_does_not_start_if_a_limit_is_reached_at_the_same_moment() {
    let (journal, gate) = (CrashJournal::default(), Arc::new(Semaphore::new(0)));
    let begun = Arc::new(AtomicU32::new(0));
    let (open, counter) = (Arc::clone(&gate), Arc::clone(&begun));
    let chain = async_lambda(move |number: u64, _| {
        let (open, counter) = (Arc::clone(&open), Arc::clone(&counter));
        async move {
            match number {
                0 => {}
                1 => open.acquire().await.map_err(Error::other)?.forget(),
                _ => {
                    counter.fetch_add(1, Ordering::Relaxed);
                    return Ok(number);
                }
            }
            Err(Error::new(ErrorKind::Parse, "not an answer"))
        }
    });
    let job = Job::with_journal(journal.clone(), chain).inputs(items(numbers(ITEMS)));
    let mut run = pin!(job.max_concurrency(2).max_failures(2).run());
    for _ in 0..2 {
        assert!(block_on(poll_immediate(&mut run)).is_none());
        journal.flush_all();
    }
    assert!(block_on(poll_immediate(&mut run)).is_none(), "the third item waits for the journal");

    gate.add_permits(1);
    journal.flush_all();
    let report = finish(run.as_mut(), &journal);
    assert_eq!((report.outcome, report.failed), (JobOutcome::MaxFailures, 2));
    assert_eq!((begun.load(Ordering::Relaxed), report.pending), (0, 1));
}

/// Errors that are not transient can be retried, too, and with or without a wait.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_fails_after_a_stop_is_the_last() -> Result<()> {
    let policy = || RetryPolicy::new().when(|error| error.kind() == ErrorKind::Parse);
    let policies = [policy().initial_backoff(Duration::from_secs(60)), policy().without_backoff()];
    for policy in policies {
        let (gate, calls) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
        let (open, counter) = (Arc::clone(&gate), Arc::clone(&calls));
        let chain = async_lambda(move |_: u64, _| {
            let (open, counter) = (Arc::clone(&open), Arc::clone(&counter));
            async move {
                counter.fetch_add(1, Ordering::Relaxed);
                open.acquire().await.map_err(Error::other)?.forget();
                Err::<u64, _>(Error::new(ErrorKind::Parse, "not an answer"))
            }
        });
        let job = Job::with_journal(MemoryJournal::new(), chain).inputs(items(numbers(1)));
        let run = job.retry(policy).run();
        let handle = run.handle();
        let mut run = pin!(run);
        assert!(poll_immediate(&mut run).await.is_none());

        handle.stop();
        gate.add_permits(10);
        // No time passes.
        let report = run.now_or_never().expect("the job ends at once")?;
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert_eq!((report.outcome, report.failed, report.pending), (JobOutcome::Stopped, 0, 1));
    }
    Ok(())
}

/// Pauses, resumes and stops a job at random moments, until it is complete.
fn moments(seed: u64) {
    let random = &mut Random::new(seed);
    let (journal, calls) = (CrashJournal::default(), Calls::default());
    let limit = 1 + random.below(5);
    let chain = calls.step(|number| number % 4);
    for stops in 0.. {
        let job = Job::with_journal(journal.clone(), chain.clone()).max_crashes(1);
        let mut run = pin!(job.inputs(items(numbers(20))).max_concurrency(limit as usize).run());
        let handle = run.handle();
        let stop_at = if stops > 30 { u64::MAX } else { 1 + random.below(40) };
        let (mut polls, mut held) = (0, 0);
        let report = loop {
            let is_held = handle.is_paused() || handle.is_stopping();
            held = if is_held { held + 1 } else { 0 };
            let begun = calls.total();
            let polled = block_on(poll_immediate(&mut run));
            // A batch polls a few of its calls at once, so calls that have started begin a bit later.
            assert!(held <= limit || calls.total() == begun, "seed {seed}: a call has begun");
            assert!(calls.open() as u64 <= limit, "seed {seed}");
            if let Some(report) = polled {
                break report.expect("the journal does not fail");
            }
            while random.chance(60) && journal.flush() {}
            match random.below(8) {
                0 => handle.pause(),
                1..4 => handle.resume(),
                _ => {}
            }
            polls += 1;
            if polls == stop_at {
                handle.stop();
            }
        };
        journal.flush_all();
        assert_eq!(report.failed, 0, "seed {seed}");
        assert_eq!(pending(&journal).1, 0, "seed {seed}: no call was in flight");
        if report.outcome == JobOutcome::Completed {
            assert_eq!((report.done, report.pending), (20, 0), "seed {seed}");
            break;
        }
    }
    assert_eq!(calls.total(), 20, "seed {seed}: no call is made twice");
}

#[test]
fn no_call_begins_while_a_job_is_paused_or_stops() {
    (0..200).for_each(moments);
}
