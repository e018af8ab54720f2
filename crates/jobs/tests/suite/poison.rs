//! Items that end the process.

use std::{
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures::{executor::block_on, task::noop_waker_ref};
use runnable_core::prelude::*;
use runnable_jobs::{Job, JobReport, inputs::items};

use crate::support::{Calls, CrashJournal, Random, numbers, results};

/// Runs a job until the process ends or the job is complete.
fn process(
    run: impl Future<Output = Result<JobReport>>,
    journal: &CrashJournal,
    has_ended: &AtomicBool,
) -> Option<JobReport> {
    let mut run = pin!(run);
    let task = &mut Context::from_waker(noop_waker_ref());
    loop {
        if let Poll::Ready(report) = run.as_mut().poll(task) {
            return Some(report.expect("the journal does not fail"));
        }
        if has_ended.swap(false, Ordering::Relaxed) {
            return None;
        }
        journal.flush_all();
    }
}

#[test]
fn items_that_end_the_process_fail_and_all_others_are_done() {
    for seed in 0..50 {
        let random = &mut Random::new(seed);
        let poison = [random.below(30), random.below(30)];
        let (calls, has_ended) = (Calls::default(), Arc::new(AtomicBool::new(false)));
        let ends = Arc::clone(&has_ended);
        let deadly = async_lambda(move |number: u64, _| {
            let ends = Arc::clone(&ends);
            async move {
                if poison.contains(&number) {
                    ends.store(true, Ordering::Relaxed);
                    pending::<()>().await;
                }
                Ok(number)
            }
        });
        let slow = calls.step(|number| number % 5);
        let chain = slow.pipe(lambda(|number: u64| number / 2)).pipe(deadly);
        let mut journal = CrashJournal::default();
        let mut crashes = 0;
        let report = loop {
            let job = Job::with_journal(journal.clone(), chain.clone()).max_crashes(3);
            let mut run = Box::pin(job.inputs(items(numbers(30))).max_concurrency(8).run());
            if let Some(report) = process(run.as_mut(), &journal, &has_ended) {
                break report;
            }
            crashes += 1;
            let crashed = journal.crash(random);
            // What happens when the job is dropped does not reach the journal.
            drop(run);
            journal = crashed;
        };
        let expected = if poison[0] == poison[1] { 1 } else { 2 };
        assert_eq!((report.failed, report.done), (expected, 30 - expected), "seed {seed}");
        assert!(crashes <= 3 * expected, "seed {seed}: {crashes} crashes");
        for result in block_on(results(journal)).expect("the journal is readable") {
            if let Err(failed) = result.result {
                let message = "the process ended 3 times while this item ran";
                assert_eq!(failed.message, message, "seed {seed}");
                assert!(poison.iter().any(|number| result.key == format!("n{number}")));
            }
        }
    }
}
