//! [`StoredJob`]: a job that does not run.

use std::{fmt, path::PathBuf, sync::Arc};

use runnable_core::Result;

use super::{export::export, results::JobResultStream, retry::retry_failed, status::JobStatus};
use crate::{
    journal::{Journal, RedbJournal, in_thread},
    outputs::JobOutput,
    records::load,
};

/// The journal of a job that does not run: its status, its results, its failed items.
///
/// It needs neither the chain nor the inputs of the job. A folder can be open once at a time, so a
/// job that runs cannot be opened.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_jobs::{Job, JobItem, StoredJob, inputs::items};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path().join("numbers");
/// let number = try_lambda(|text: String| text.parse::<u64>());
/// let inputs = items([JobItem::new("a", "7"), JobItem::new("b", "many")]);
/// let report = Job::new(&folder, number).inputs(inputs).run().await?;
/// assert_eq!((report.done, report.failed), (1, 1));
///
/// let job = StoredJob::open(&folder).await?;
/// let mut results = job.results();
/// while let Some(result) = results.next().await {
///     let result = result?;
///     println!("{}: {:?}", result.key, result.result);
/// }
/// assert_eq!(job.retry_failed().await?, 1);
/// assert_eq!(job.status().await?.pending, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StoredJob {
    journal: Arc<dyn Journal>,
}

impl StoredJob {
    /// Opens the job in a folder.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder does not contain a job, is in use, or is damaged.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        let journal = in_thread("the journal", move || RedbJournal::open_existing(folder)).await?;
        Ok(Self { journal: Arc::new(journal) })
    }

    /// Uses a journal that the program has opened.
    pub fn with_journal(journal: impl Journal) -> Self {
        Self { journal: Arc::new(journal) }
    }

    /// Counts the items.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read.
    pub async fn status(&self) -> Result<JobStatus> {
        let ledger = load(&*self.journal).await?;
        let summary = ledger.summary;
        Ok(JobStatus {
            done: summary.done,
            failed: summary.failed,
            pending: summary.len.saturating_sub(summary.done + summary.failed),
            interrupted: ledger.interrupted,
            usage: ledger.spent,
            repaired: self.journal.was_repaired(),
        })
    }

    /// Returns the results of all items that are done or have failed.
    pub fn results(&self) -> JobResultStream {
        JobResultStream::new(&self.journal, true)
    }

    /// Makes all failed items pending again, and returns their number. They are tried again when
    /// the job runs. Until then, their inputs may be changed in the source.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be changed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, some of the items may be pending.
    pub async fn retry_failed(&self) -> Result<u64> {
        retry_failed(&self.journal).await
    }

    /// Writes all results to an output.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read or the output cannot be written.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the previous output stays.
    pub async fn export(&self, output: impl JobOutput) -> Result<()> {
        export(&self.journal, vec![Arc::new(output)]).await
    }
}

impl fmt::Debug for StoredJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredJob").finish_non_exhaustive()
    }
}
