//! [`Settings`]: the settings of the jobs of an evaluation.

use std::path::Path;

use runnable_chat::pricing::Prices;
use runnable_core::{Error, ErrorKind, Result, RunConfig, Runnable, combinators::RetryPolicy};
use runnable_jobs::{Job, JobInputs, JobOutcome, JobResultStream, StoredJob};

/// The settings of the jobs of an evaluation. Settings that are `None` have the default of
/// [`Job`].
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) max_concurrency: Option<usize>,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) prices: Option<Prices>,
    pub(super) config: RunConfig,
    pub(super) retries_failed: bool,
}

impl Settings {
    /// Runs a job in a folder to its end, and returns its results.
    pub(super) async fn run<R: Runnable<Input: Clone>>(
        &self,
        folder: &Path,
        chain: R,
        inputs: impl JobInputs<R::Input>,
    ) -> Result<JobResultStream> {
        if self.retries_failed && folder.exists() {
            StoredJob::open(folder).await?.retry_failed().await?;
        }
        let mut job = Job::new(folder, chain).inputs(inputs).config(self.config.clone());
        if let Some(limit) = self.max_concurrency {
            job = job.max_concurrency(limit);
        }
        if let Some(retry) = &self.retry {
            job = job.retry(retry.clone());
        }
        if let Some(prices) = &self.prices {
            job = job.prices(prices.clone());
        }
        let report = job.run().await?;
        if report.outcome != JobOutcome::Completed {
            let message = format!("the evaluation is not complete: its job {report}");
            return Err(Error::new(ErrorKind::Other, message));
        }
        Ok(StoredJob::open(folder).await?.results())
    }
}
