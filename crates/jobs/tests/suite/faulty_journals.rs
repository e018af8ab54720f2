//! Journals that fail, and journals with many gaps.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::poll_immediate;
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_jobs::{CheckpointExt, Job, StoredJob, inputs::items, journal::MemoryJournal};

use crate::support::{Calls, FaultyJournal, keys, numbers, results};

const ITEMS: u64 = 6;

#[tokio::test]
async fn an_error_of_the_journal_stops_the_job_and_no_item_fails() -> Result<()> {
    // A transient error of a checkpoint is retried, and another error is not.
    let kinds = [ErrorKind::Connection, ErrorKind::Other];
    for (limit, kind) in (1..4).flat_map(|limit| kinds.map(|kind| (limit, kind))) {
        for number in 1.. {
            let journal = FaultyJournal::failing_at(number, kind);
            let (first, second) = (Calls::default(), Calls::default());
            let chain = first.step(|number| number % 3).checkpoint("first");
            let chain = chain.pipe(second.step(|number| number % 2));
            let job = || {
                let job = Job::with_journal(journal.clone(), chain.clone());
                let job = job.inputs(items(numbers(ITEMS))).max_concurrency(limit);
                job.retry(RetryPolicy::new().without_backoff()).max_crashes(2)
            };
            let result = job().run().await;
            if !journal.has_failed() {
                break;
            }
            let error = result.expect_err("the job stops");
            let context = format!("write {number} with a limit of {limit}, {kind:?}");
            assert_eq!(error.kind(), kind, "{context}: {error}");
            let status = StoredJob::with_journal(journal.clone()).status().await?;
            assert_eq!(status.failed, 0, "{context}: {status}");

            let report = job().run().await?;
            assert_eq!((report.done, report.failed), (ITEMS, 0), "{context}");
            let found = results(journal.clone()).await?;
            let found: Vec<_> = found.into_iter().map(|result| result.key).collect();
            assert_eq!(found, keys(ITEMS), "{context}");
            for calls in [first, second] {
                assert!(calls.total() <= ITEMS + limit as u64, "{context}: {}", calls.total());
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_job_with_many_gaps_is_opened_without_reading_the_items_between_them() -> Result<()> {
    const MANY: u64 = 2_000;
    let (journal, fails) = (FaultyJournal::default(), Arc::new(Mutex::new(true)));
    let chain = try_lambda(move |number: u64| {
        let fails = *fails.lock().unwrap_or_else(PoisonError::into_inner);
        if fails && number.is_multiple_of(2) {
            return Err(Error::new(ErrorKind::Parse, "even"));
        }
        Ok(number)
    });
    let job = Job::with_journal(journal.clone(), chain).inputs(items(numbers(MANY)));
    assert_eq!(job.run().await?.failed, MANY / 2);
    let job = StoredJob::with_journal(journal.clone());
    assert_eq!(job.retry_failed().await?, MANY / 2);

    journal.take_scanned();
    assert_eq!(job.status().await?.pending, MANY / 2);
    let scanned = journal.take_scanned();
    assert!(scanned <= 2 * MANY, "{scanned} entries for {MANY} items");
    Ok(())
}

#[tokio::test]
async fn other_tasks_run_while_a_long_journal_is_read() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Calls::default());
    let job = Job::with_journal(journal.clone(), calls.step(|_| 0)).inputs(items(numbers(5_000)));
    assert_eq!(job.run().await?.done, 5_000);
    let job = StoredJob::with_journal(journal);
    assert!(poll_immediate(pin!(job.retry_failed())).await.is_none());
    let mut results = job.results();
    let count = async {
        while results.next().await.transpose()?.is_some() {}
        Ok::<_, Error>(())
    };
    assert!(poll_immediate(pin!(count)).await.is_none());
    Ok(())
}
