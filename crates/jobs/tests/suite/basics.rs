//! Jobs that begin, end, and continue.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use runnable_core::prelude::*;
use runnable_jobs::{
    CheckpointExt, Job, JobItem, JobOutcome, StoredJob, inputs::items, journal::MemoryJournal,
};

fn numbers(count: u64) -> Vec<JobItem<u64>> {
    (0..count).map(|number| JobItem::new(format!("n{number}"), number)).collect()
}

/// A step that doubles, and counts its calls.
fn double() -> (impl Runnable<Input = u64, Output = u64>, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    let step = lambda(move |number: u64| {
        counter.fetch_add(1, Ordering::Relaxed);
        number * 2
    });
    (step, calls)
}

#[tokio::test]
async fn a_job_in_a_folder_runs_each_item_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("job");
    let (step, calls) = double();
    let report = Job::new(&path, step.clone()).inputs(items(numbers(1000))).run().await?;
    assert_eq!((report.done, report.failed, report.pending), (1000, 0, 0));
    assert_eq!(report.outcome, JobOutcome::Completed);

    let report = Job::new(&path, step).inputs(items(numbers(1500))).run().await?;
    assert_eq!((report.done, report.skipped), (1500, 1000));
    assert_eq!(calls.load(Ordering::Relaxed), 1500);

    let job = StoredJob::open(&path).await?;
    let mut results = job.results();
    let mut index = 0;
    while let Some(result) = results.next().await.transpose()? {
        assert_eq!(result.index, index);
        assert_eq!(result.key, format!("n{index}"));
        assert_eq!(result.result, Ok((index * 2).into()));
        assert_eq!(result.input, Some(index.into()));
        index += 1;
    }
    assert_eq!(index, 1500);
    assert_eq!(job.status().await?.done, 1500);
    Ok(())
}

#[tokio::test]
async fn inputs_in_another_order_are_found() -> Result<()> {
    let journal = MemoryJournal::new();
    let (step, calls) = double();
    let job = || Job::with_journal(journal.clone(), step.clone());
    _ = job().inputs(items(numbers(100))).run().await?;
    let mut reversed = numbers(120);
    reversed.reverse();
    let report = job().inputs(items(reversed)).run().await?;
    assert_eq!((report.done, report.skipped), (120, 100));
    assert_eq!(calls.load(Ordering::Relaxed), 120);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_survives_a_retry() -> Result<()> {
    let (step, calls) = double();
    let attempts = Arc::new(AtomicU32::new(0));
    let flaky = try_lambda(move |number: u64| match attempts.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(Error::new(ErrorKind::Unavailable, "down")),
        _ => Ok(number),
    });
    let chain = step.checkpoint("double").pipe(flaky);
    let report =
        Job::with_journal(MemoryJournal::new(), chain).inputs(items(numbers(1))).run().await?;
    assert_eq!(report.done, 1);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    Ok(())
}
