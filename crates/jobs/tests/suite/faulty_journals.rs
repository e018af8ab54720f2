//! Journals that fail.

use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_jobs::{CheckpointExt, Job, StoredJob, inputs::items};

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
