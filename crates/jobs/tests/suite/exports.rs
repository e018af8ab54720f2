//! Writing the outputs of a job.

use std::{
    pin::pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use futures::future::poll_immediate;
use runnable_core::prelude::*;
use runnable_jobs::{
    Job, JobItem, JobOutput, JobResult, OutputWriter, StoredJob, inputs::items,
    journal::MemoryJournal,
};

use crate::support::{FaultyJournal, numbers};

/// An output that waits before its first result until it is told to go on.
#[derive(Clone, Default)]
struct Waits(Arc<(Mutex<bool>, Condvar)>);

impl Waits {
    fn may_write(&self) -> MutexGuard<'_, bool> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn go_on(&self) {
        *self.may_write() = true;
        self.0.1.notify_all();
    }
}

impl JobOutput for Waits {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        Ok(Box::new(self.clone()))
    }
}

impl OutputWriter for Waits {
    fn write(&mut self, _: &JobResult) -> Result<()> {
        let wait = self.0.1.wait_while(self.may_write(), |may_write| !*may_write);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_export_does_not_read_many_large_results_ahead() -> Result<()> {
    const MANY: u64 = 200;
    let journal = FaultyJournal::with_pages_of(1);
    let chain = lambda(|_: u64| "x".repeat(1 << 18));
    let job = Job::with_journal(journal.clone(), chain).inputs(items(numbers(MANY)));
    assert_eq!(job.run().await?.done, MANY);

    let (job, output) = (StoredJob::with_journal(journal.clone()), Waits::default());
    journal.take_scanned();
    let mut export = pin!(job.export(output.clone()));
    for _ in 0..3 {
        assert!(poll_immediate(&mut export).await.is_none());
    }
    // Each result has an entry with its key, too.
    let read = journal.take_scanned() / 2;
    output.go_on();
    export.await?;
    assert!(read < 40, "{read} results of 256 KiB were in memory");
    Ok(())
}

/// An output that panics.
struct Panics;

impl JobOutput for Panics {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        panic!("the table is locked")
    }
}

#[tokio::test]
async fn a_panic_of_an_output_is_an_error_with_its_message() {
    let job = Job::with_journal(MemoryJournal::new(), passthrough::<String>());
    let job = job.inputs(items([JobItem::new("a", "b")])).output(Panics);
    let error = job.run().await.expect_err("the output panics");
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert_eq!(error.message(), "the output panicked: the table is locked");
}
