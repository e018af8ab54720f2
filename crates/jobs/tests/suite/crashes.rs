//! Jobs that crash at random moments, with journals that lose what was not durable.

use std::{
    pin::pin,
    task::{Context, Poll},
};

use futures::{executor::block_on, task::noop_waker_ref};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_jobs::{Job, JobReport, StoredJob, inputs::items};

use crate::support::{Calls, CrashJournal, Random, keys, numbers, results};

const ITEMS: u64 = 40;

/// Polls a job by hand, at most `polls` times. The journal makes changes durable at random moments.
/// Returns `None` if the job has not ended.
fn drive(
    job: impl Future<Output = Result<JobReport>>,
    journal: &CrashJournal,
    random: &mut Random,
    polls: u64,
    mut check: impl FnMut(),
) -> Option<JobReport> {
    let mut job = pin!(job);
    let task = &mut Context::from_waker(noop_waker_ref());
    for _ in 0..polls {
        if let Poll::Ready(report) = job.as_mut().poll(task) {
            return Some(report.expect("the journal does not fail"));
        }
        check();
        while random.chance(60) && journal.flush() {}
    }
    // The process ends, so nothing that happens when the job is dropped is in the journal.
    None
}

/// Returns how many results are in a journal, and how many items it knows to be in flight.
fn kept(journal: &CrashJournal) -> (u64, u64) {
    let status = block_on(StoredJob::with_journal(journal.clone()).status());
    let status = status.expect("the journal is readable");
    (status.done, status.interrupted)
}

/// Runs a job until it is complete, with crashes at random moments. If `drops`, the program drops
/// the job, and the journal still writes what it has received.
fn crashes(seed: u64, drops: bool) {
    let random = &mut Random::new(seed);
    let calls = Calls::default();
    let limit = 1 + random.below(9);
    let waits = random.below(4);
    let chain = calls.step(move |number| (number * 7) % (waits + 1));
    let mut journal = CrashJournal::default();
    let changes_order = random.chance(50);
    // More crashes than happen, but items that were in flight run with less concurrency.
    let max_crashes = if random.chance(50) { 99 } else { u32::MAX };
    for crash in 0.. {
        let mut inputs = numbers(ITEMS);
        if changes_order && random.chance(50) {
            let middle = random.below(ITEMS) as usize;
            inputs.rotate_left(middle);
        }
        for _ in 0..random.below(4) {
            // An item that the source contains twice.
            let first = random.below(ITEMS);
            let second = first + 1 + random.below(ITEMS - first);
            inputs.insert(second as usize, inputs[first as usize].clone());
        }
        let job = Job::with_journal(journal.clone(), chain.clone())
            .inputs(items(inputs))
            .max_concurrency(limit as usize)
            .max_crashes(max_crashes)
            .retry(RetryPolicy::new().without_backoff());
        let polls = if crash > 60 { u64::MAX } else { 1 + random.below(60) };
        let check = || assert!(calls.open() as u64 <= limit, "seed {seed}: too many calls");
        let (called, (done, _)) = (calls.total(), kept(&journal));
        let mut run = Box::pin(job.run());
        if let Some(report) = drive(run.as_mut(), &journal, random, polls, check) {
            assert_eq!(report.done, ITEMS, "seed {seed}");
            break;
        }
        if drops {
            drop(run);
            journal.flush_all();
        } else {
            let crashed = journal.crash(random);
            drop(run);
            journal = crashed;
        }
        let (now_done, interrupted) = kept(&journal);
        let lost = (calls.total() - called) - (now_done - done);
        assert!(lost <= limit, "seed {seed}: {lost} calls lost with {limit} in flight");
        assert!(lost <= interrupted, "seed {seed}: {lost} calls lost, {interrupted} reported");
        // In another order, items of earlier crashes may not have been reached yet.
        assert!(
            changes_order || interrupted <= limit,
            "seed {seed}: {interrupted} in flight of {limit}"
        );
    }
    let results = block_on(results(journal)).expect("the journal is readable");
    let mut found: Vec<_> = results.iter().map(|result| result.key.clone()).collect();
    found.sort();
    let mut expected = keys(ITEMS);
    expected.sort();
    assert_eq!(found, expected, "seed {seed}: each item has one result");
    for result in results {
        let number: u64 = result.key[1..].parse().expect("the key is a number");
        assert_eq!(result.result, Ok((number * 2).into()), "seed {seed}");
    }
}

#[test]
fn each_item_has_one_result_after_crashes() {
    (0..400).for_each(|seed| crashes(seed, false));
}

#[test]
fn each_item_has_one_result_after_drops() {
    (1_000..1_200).for_each(|seed| crashes(seed, true));
}
