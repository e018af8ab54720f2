//! Errors of items, by class.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::stream;
use runnable_core::{AtOnce, combinators::RetryPolicy, prelude::*};
use runnable_jobs::{
    Job, JobInputs, JobItem, JobOutcome, ReadItem, StoredJob,
    inputs::{item_stream, items},
    journal::MemoryJournal,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{Calls, numbers, results};

/// A step that fails with an error of this kind, for odd numbers, the first `failures` times.
fn fails(kind: ErrorKind, failures: u32) -> impl Runnable<Input = u64, Output = u64> {
    let calls = Arc::new(AtomicU32::new(0));
    try_lambda(move |number: u64| {
        if number % 2 == 1 && calls.fetch_add(1, Ordering::Relaxed) < failures {
            return Err(Error::new(kind, format!("no answer for {number}")));
        }
        Ok(number)
    })
}

fn at_once() -> RetryPolicy {
    RetryPolicy::new().without_backoff()
}

#[tokio::test]
async fn a_transient_error_is_retried() -> Result<()> {
    let journal = MemoryJournal::new();
    let job = Job::with_journal(journal.clone(), fails(ErrorKind::Unavailable, 2));
    let report = job.inputs(items(numbers(2))).retry(at_once()).run().await?;
    assert_eq!((report.done, report.failed), (2, 0));
    let attempts: Vec<_> = results(journal).await?.iter().map(|result| result.attempts).collect();
    assert_eq!(attempts, [1, 3]);
    Ok(())
}

#[tokio::test]
async fn an_item_that_keeps_failing_is_a_dead_letter() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("job");
    let job = Job::new(&folder, fails(ErrorKind::Unavailable, u32::MAX));
    let report = job.inputs(items(numbers(4))).retry(at_once()).run().await?;
    assert_eq!((report.outcome, report.done, report.failed), (JobOutcome::Completed, 2, 2));
    assert!(!report.is_success());

    let lines = fs::read_to_string(folder.join("failed.jsonl"))?;
    let lines: Vec<Value> =
        lines.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(Error::other)?;
    let message = lines[0]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("no answer for 1"), "{message}");
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["key"], "n1");
    assert_eq!(lines[0]["input"], 1);
    assert_eq!(lines[0]["kind"], "unavailable");
    assert_eq!(lines[0]["attempts"], 3);

    let job = StoredJob::open(&folder).await?;
    assert_eq!(job.retry_failed().await?, 2);
    assert_eq!(job.retry_failed().await?, 0);
    let status = job.status().await?;
    assert_eq!((status.done, status.failed, status.pending, status.interrupted), (2, 0, 2, 0));
    drop(job);
    let job = Job::new(&folder, fails(ErrorKind::Unavailable, 0));
    let report = job.inputs(items(numbers(4))).run().await?;
    assert_eq!((report.done, report.failed, report.skipped), (4, 0, 2));
    assert!(report.is_success());
    assert_eq!(fs::read_to_string(folder.join("failed.jsonl"))?, "");
    Ok(())
}

#[tokio::test]
async fn an_error_that_every_item_has_stops_the_job() -> Result<()> {
    let kinds = [
        ErrorKind::Authentication,
        ErrorKind::PermissionDenied,
        ErrorKind::NotFound,
        ErrorKind::SpendingLimit,
        ErrorKind::Cancelled,
    ];
    for kind in kinds {
        let journal = MemoryJournal::new();
        let job = Job::with_journal(journal.clone(), fails(kind, u32::MAX));
        let run = job.inputs(items(numbers(100))).max_concurrency(1).run();
        let error = run.await.expect_err("the job stops");
        assert_eq!(error.kind(), kind);
        let text = error.to_string();
        assert!(text.contains("the job has stopped: 1 items are done and 0 have failed"), "{text}");
        let status = StoredJob::with_journal(journal.clone()).status().await?;
        assert_eq!((status.done, status.pending, status.interrupted), (1, 1, 0));

        let job = Job::with_journal(journal, fails(kind, 0)).inputs(items(numbers(100)));
        assert_eq!(job.run().await?.done, 100);
    }
    Ok(())
}

#[tokio::test]
async fn an_exhausted_quota_stops_the_job() -> Result<()> {
    let job = |is_transient| {
        let step = try_lambda(move |number: u64| match number {
            1 => Err(Error::new(ErrorKind::RateLimit, "no credit").with_transient(is_transient)),
            _ => Ok(number),
        });
        Job::with_journal(MemoryJournal::new(), step).inputs(items(numbers(3))).retry(at_once())
    };
    let error = job(false).run().await.expect_err("the job stops");
    assert!(error.to_string().contains("no credit"), "{error}");
    assert_eq!(job(true).run().await?.failed, 1);
    Ok(())
}

#[tokio::test]
async fn the_program_can_decide_which_errors_stop_a_job() -> Result<()> {
    let job = || {
        let step = fails(ErrorKind::Parse, u32::MAX);
        Job::with_journal(MemoryJournal::new(), step).inputs(items(numbers(4)))
    };
    assert_eq!(job().run().await?.failed, 2);
    let error = job().stop_when(|error| error.kind() == ErrorKind::Parse).run().await;
    assert_eq!(error.expect_err("the job stops").kind(), ErrorKind::Parse);

    let job = Job::with_journal(MemoryJournal::new(), fails(ErrorKind::NotFound, u32::MAX));
    assert_eq!(job.inputs(items(numbers(4))).stop_when(|_| false).run().await?.failed, 2);
    Ok(())
}

#[tokio::test]
async fn a_panic_and_an_output_without_json_are_dead_letters() -> Result<()> {
    let journal = MemoryJournal::new();
    let chain = lambda(|number: u64| {
        assert!(number != 1, "one is not allowed");
        // The keys of an object in JSON are texts.
        AtOnce(HashMap::from([((number, number), number)]))
    });
    let job = Job::with_journal(journal.clone(), chain).inputs(items(numbers(2)));
    assert_eq!(job.run().await?.failed, 2);
    let failed: Vec<_> =
        results(journal).await?.into_iter().filter_map(|result| result.result.err()).collect();
    assert!(failed[0].message.contains("failed to convert the output to JSON"), "{}", failed[0]);
    assert_eq!(failed[1].error_kind(), ErrorKind::Panic);
    assert!(failed[1].message.contains("one is not allowed"), "{}", failed[1]);
    Ok(())
}

/// A source that yields two items, and a malformed item between them.
struct WithMalformed;

impl JobInputs<u64> for WithMalformed {
    fn read(self: Box<Self>) -> stream::BoxStream<'static, Result<ReadItem<u64>>> {
        let malformed = ReadItem::Malformed {
            key: "2".to_owned(),
            text: "many".to_owned(),
            error: Error::new(ErrorKind::Parse, "line 2 is not a number"),
        };
        let items = [JobItem::new("1", 1_u64).into(), malformed, JobItem::new("3", 3_u64).into()];
        Box::pin(stream::iter(items.map(Ok)))
    }
}

#[tokio::test]
async fn a_malformed_item_is_a_dead_letter() -> Result<()> {
    let journal = MemoryJournal::new();
    for skipped in [0, 3] {
        let job = Job::with_journal(journal.clone(), Calls::default().step(|_| 0));
        let report = job.inputs(WithMalformed).run().await?;
        assert_eq!((report.done, report.failed, report.skipped), (2, 1, skipped));
    }
    let results = results(journal).await?;
    assert_eq!(results[1].input, Some(json!("many")));
    let failed = results[1].result.clone().expect_err("the item is malformed");
    assert_eq!((failed.error_kind(), failed.attempts), (ErrorKind::Parse, 0));
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_source_stops_the_job() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Calls::default());
    let works = Arc::new(AtomicBool::new(false));
    let job = || {
        let last = if works.load(Ordering::Relaxed) {
            Ok(JobItem::new("n3", 3_u64))
        } else {
            Err(Error::new(ErrorKind::Connection, "the database is down"))
        };
        let inputs = numbers(3).into_iter().map(Ok).chain([last]);
        Job::with_journal(journal.clone(), calls.step(|_| 1))
            .inputs(item_stream(stream::iter(inputs.collect::<Vec<_>>())))
    };
    let error = job().run().await.expect_err("the source fails");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(calls.total(), 3, "the items before the error have run");
    works.store(true, Ordering::Relaxed);
    assert_eq!(job().run().await?.done, 4);
    assert_eq!(calls.total(), 4);
    Ok(())
}

#[tokio::test]
async fn invalid_settings_are_an_error() {
    let job = || Job::with_journal(MemoryJournal::new(), Calls::default().step(|_| 0));
    let error = job().run().await.expect_err("there are no inputs");
    assert_eq!(error.message(), "the job has no inputs; set them with `Job::inputs`");
    let error = job().inputs(items(numbers(1))).max_concurrency(0).run().await;
    let error = error.expect_err("the limit is zero");
    assert_eq!(error.message(), "invalid max_concurrency: 0; set it to 1 or more");
}

/// An output that cannot be converted to JSON, and says so with a panic.
#[derive(Clone, Debug, Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("the output cannot be written")
    }
}

#[tokio::test]
async fn an_output_that_panics_is_a_dead_letter() -> Result<()> {
    let journal = MemoryJournal::new();
    let chain = lambda(|_: u64| AtOnce(Unwritable));
    let job = Job::with_journal(journal.clone(), chain).inputs(items(numbers(2)));
    assert_eq!(job.run().await?.failed, 2);
    let failed = results(journal).await?.remove(0).result.expect_err("the output panics");
    assert_eq!(failed.error_kind(), ErrorKind::Panic);
    assert!(failed.message.contains("the output cannot be written"), "{failed}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_result_is_the_time_of_its_last_attempt() -> Result<()> {
    let (journal, attempts) = (MemoryJournal::new(), Arc::new(AtomicU32::new(0)));
    let chain = async_lambda(move |number: u64, _| {
        let attempt = attempts.fetch_add(1, Ordering::Relaxed);
        async move {
            sleep(Duration::from_secs(5 - u64::from(attempt))).await;
            if attempt < 2 { Err(Error::new(ErrorKind::Unavailable, "down")) } else { Ok(number) }
        }
    });
    let policy = RetryPolicy::new().initial_backoff(Duration::from_secs(60));
    let job = Job::with_journal(journal.clone(), chain).inputs(items(numbers(1))).retry(policy);
    assert_eq!(job.run().await?.done, 1);
    assert_eq!(results(journal).await?[0].elapsed, Duration::from_secs(3));
    Ok(())
}
