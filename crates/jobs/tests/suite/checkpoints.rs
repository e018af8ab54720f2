//! Steps whose outputs the journal keeps.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use futures::{executor::block_on, future::poll_immediate, stream};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_jobs::{
    CheckpointExt, Job, JobItem, StoredJob,
    inputs::items,
    journal::{Journal, JournalPart, MemoryJournal},
};

use crate::support::{Calls, CrashJournal, Random, numbers, results};

/// A step that streams two chunks, and counts its calls.
fn stream_twice(calls: &Arc<AtomicU32>) -> impl Runnable<Input = String, Output = String> {
    let calls = Arc::clone(calls);
    stream_lambda(move |text: String, _| {
        let number = calls.fetch_add(1, Ordering::Relaxed);
        stream::iter([Ok(text), Ok(format!("-{number}"))])
    })
}

/// A step that fails once.
fn fails_once<T: Chunked + Clone + Sync>() -> impl Runnable<Input = T, Output = T> {
    let has_failed = Arc::new(AtomicBool::new(false));
    try_lambda(move |value: T| {
        if has_failed.swap(true, Ordering::Relaxed) {
            Ok(value)
        } else {
            Err(Error::new(ErrorKind::Unavailable, "down"))
        }
    })
}

fn one(text: &str) -> [JobItem<String>; 1] {
    [JobItem::new("a", text)]
}

fn count(calls: &AtomicU32) -> u32 {
    calls.load(Ordering::Relaxed)
}

#[tokio::test]
async fn outside_a_job_a_checkpoint_changes_nothing() -> Result<()> {
    let calls = Arc::new(AtomicU32::new(0));
    let step = stream_twice(&calls).checkpoint("twice");
    let mut chunks = step.stream("a");
    assert_eq!(chunks.next().await.transpose()?.as_deref(), Some("a"));
    assert_eq!(chunks.next().await.transpose()?.as_deref(), Some("-0"));
    assert!(chunks.next().await.is_none());
    assert_eq!(step.invoke("a").await?, "a-1");
    Ok(())
}

#[tokio::test]
async fn a_stream_passes_its_chunks_and_is_stored() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Arc::new(AtomicU32::new(0)));
    let chunks = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&chunks);
    let count_chunks = map_chunks(move |chunk: String| {
        counter.fetch_add(1, Ordering::Relaxed);
        chunk
    });
    let streams = stream_twice(&calls).checkpoint("twice").pipe(count_chunks);
    // The inner chain is streamed, because its caller streams it.
    let chain = async_lambda(move |text: String, cx: RunContext| {
        let streams = streams.clone();
        async move { streams.stream(text).config(&cx).concat().await }
    });
    let chain = chain.pipe(fails_once());
    let job = Job::with_journal(journal.clone(), chain).inputs(items(one("a")));
    let report = job.retry(RetryPolicy::new().without_backoff()).run().await?;
    assert_eq!(report.done, 1);
    assert_eq!(count(&calls), 1, "the second attempt has the stored output");
    assert_eq!(count(&chunks), 2 + 1, "a stored output is one chunk");
    assert_eq!(results(journal.clone()).await?[0].result, Ok("a-0".into()));
    let left = journal.scan(JournalPart::Checkpoint, None, 10).await?;
    assert!(left.is_empty(), "the entries are removed when the item ends");
    Ok(())
}

#[tokio::test]
async fn the_same_checkpoint_can_run_several_times_in_one_item() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Arc::new(AtomicU32::new(0)));
    let samples = stream_twice(&calls).checkpoint("sample");
    // Two concurrent calls with the same input, one with another input, and one later call.
    let other = lambda(|text: String| format!("{text}!")).pipe(samples.clone());
    let both = parallel((samples.clone(), samples.clone(), other));
    let later = lambda(|(a, b, c): (String, String, String)| vec![a, b, c]);
    let chain = async_lambda(move |text: String, cx: RunContext| {
        let (both, samples) = (both.clone().pipe(later.clone()), samples.clone());
        async move {
            let mut all = both.invoke(text.clone()).config(&cx).await?;
            all.push(samples.invoke(text).config(&cx).await?);
            Ok(all)
        }
    });
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let record = inspect(move |all: &Vec<String>| {
        record.lock().expect("no test panics").push(all.clone());
    });
    let chain = chain.pipe(record).pipe(fails_once());
    let job = Job::with_journal(journal, chain).inputs(items(one("a")));
    let report = job.retry(RetryPolicy::new().without_backoff()).run().await?;
    assert_eq!(report.done, 1);
    assert_eq!(count(&calls), 4, "each call has its own answer");
    let seen = seen.lock().expect("no test panics").clone();
    assert_eq!(seen.len(), 2);
    let sorted = |all: &[String]| {
        let mut all = all.to_vec();
        all.sort();
        all
    };
    assert_eq!(sorted(&seen[0]), sorted(&seen[1]), "the second attempt has the same answers");
    Ok(())
}

#[test]
fn an_item_resumes_in_the_middle_after_a_crash() {
    for seed in 0..40 {
        let random = &mut Random::new(seed);
        let (first, second) = (Calls::default(), Calls::default());
        let stuck = Arc::new(AtomicBool::new(true));
        let waits = Arc::clone(&stuck);
        let last = async_lambda(move |number: u64, _| {
            let waits = Arc::clone(&waits);
            async move {
                if waits.load(Ordering::Relaxed) {
                    pending::<()>().await;
                }
                Ok(number + 1)
            }
        });
        let first_step = first.step(|number| number).checkpoint("first");
        let chain = first_step.pipe(second.step(|_| 0).checkpoint("second")).pipe(last);
        let journal = CrashJournal::default();
        let job = |journal: &CrashJournal| {
            let job = Job::with_journal(journal.clone(), chain.clone());
            job.inputs(items(numbers(4))).max_concurrency(4).max_crashes(99)
        };
        let mut run = Box::pin(job(&journal).run());
        for _ in 0..12 {
            assert!(block_on(poll_immediate(&mut run)).is_none());
            journal.flush_all();
        }
        assert_eq!((first.total(), second.total()), (4, 4));
        let journal = journal.crash(random);
        drop(run);

        stuck.store(false, Ordering::Relaxed);
        let mut run = Box::pin(job(&journal).run());
        let report = loop {
            if let Some(report) = block_on(poll_immediate(&mut run)) {
                break report.expect("the journal does not fail");
            }
            journal.flush_all();
        };
        assert_eq!((report.done, report.interrupted), (4, 4), "seed {seed}");
        assert_eq!((first.total(), second.total()), (4, 4), "seed {seed}: nothing is done again");
        let results = block_on(results(journal.clone())).expect("the journal is readable");
        let outputs: Vec<_> = results.into_iter().map(|result| result.result).collect();
        assert_eq!(outputs, [1, 5, 9, 13].map(|number| Ok(number.into())));
        let left = block_on(journal.scan(JournalPart::Checkpoint, None, 9));
        assert!(left.is_ok_and(|left| left.is_empty()));
    }
}

#[tokio::test]
async fn an_item_that_is_retried_later_begins_anew() -> Result<()> {
    let (journal, calls) = (MemoryJournal::new(), Arc::new(AtomicU32::new(0)));
    let fails = Arc::new(AtomicBool::new(true));
    let job = || {
        let fails = Arc::clone(&fails);
        let parse = try_lambda(move |text: String| {
            if fails.load(Ordering::Relaxed) {
                Err(Error::new(ErrorKind::Parse, "not an answer"))
            } else {
                Ok(text)
            }
        });
        let chain = stream_twice(&calls).checkpoint("answer").pipe(parse);
        Job::with_journal(journal.clone(), chain).inputs(items(one("a")))
    };
    assert_eq!(job().run().await?.failed, 1);
    fails.store(false, Ordering::Relaxed);
    StoredJob::with_journal(journal.clone()).retry_failed().await?;
    assert_eq!(job().run().await?.done, 1);
    assert_eq!(count(&calls), 2, "a dead letter gets a new answer");
    assert_eq!(results(journal).await?[0].result, Ok("a-1".into()));
    Ok(())
}

#[test]
fn the_entries_of_an_item_that_ends_the_process_are_removed() {
    let random = &mut Random::new(1);
    let stuck = async_lambda(|_: u64, _| pending::<Result<u64>>());
    let chain = Calls::default().step(|_| 0).checkpoint("first").pipe(stuck);
    let journal = CrashJournal::default();
    let job = |journal: &CrashJournal| {
        let job = Job::with_journal(journal.clone(), chain.clone()).max_crashes(1);
        job.inputs(items(numbers(1))).run()
    };
    let mut run = Box::pin(job(&journal));
    for _ in 0..9 {
        assert!(block_on(poll_immediate(&mut run)).is_none());
        journal.flush_all();
    }
    let journal = journal.crash(random);
    drop(run);
    let left = |journal: &CrashJournal| block_on(journal.scan(JournalPart::Checkpoint, None, 9));
    assert!(left(&journal).is_ok_and(|left| left.len() == 1));

    let mut run = Box::pin(job(&journal));
    while block_on(poll_immediate(&mut run)).is_none() {
        journal.flush_all();
    }
    let failed = block_on(results(journal.clone())).expect("the journal is readable").remove(0);
    assert!(failed.result.is_err());
    assert!(left(&journal).is_ok_and(|left| left.is_empty()));
}
