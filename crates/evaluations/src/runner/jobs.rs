//! [`Jobs`]: runs the jobs of an evaluation.

use std::path::Path;

use runnable_chat::pricing::Cost;
use runnable_core::{Error, ErrorKind, Result, Runnable};
use runnable_jobs::{Job, JobInputs, JobOutcome, JobResultStream, StoredJob};

use super::settings::Settings;

/// The jobs of an evaluation, which run one after another.
pub(super) struct Jobs {
    settings: Settings,
    /// The cost of the jobs that are complete.
    spent: Cost,
}

impl Jobs {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, spent: Cost::ZERO }
    }

    /// Runs a job in a folder to its end, and returns its results.
    pub(super) async fn run<R: Runnable<Input: Clone>>(
        &mut self,
        name: String,
        folder: &Path,
        chain: R,
        inputs: impl JobInputs<R::Input>,
    ) -> Result<JobResultStream> {
        let settings = &self.settings;
        // If the program ended while it created the folder, the folder exists and the job has not
        // begun.
        if settings.retries_failed && folder.join("job.json").exists() {
            StoredJob::open(folder).await?.retry_failed().await?;
        }
        let mut job = Job::new(folder, chain).inputs(inputs).config(settings.config.clone());
        if let Some(limit) = settings.max_concurrency {
            job = job.max_concurrency(limit);
        }
        if let Some(retry) = &settings.retry {
            job = job.retry(retry.clone());
        }
        if let Some(prices) = &settings.prices {
            job = job.prices(prices.clone());
        }
        if let Some(limit) = settings.max_cost {
            job = job.max_cost(limit.saturating_sub(self.spent));
        }
        if settings.allows_unknown_costs {
            job = job.allow_unknown_costs();
        }
        let run = job.run();
        let report = match &settings.run_job {
            Some(run_job) => run_job(name, run).await?,
            None => run.await?,
        };
        if report.outcome != JobOutcome::Completed {
            let message = format!("the evaluation is not complete: its job {report}");
            return Err(Error::new(ErrorKind::Other, message));
        }
        self.spent += report.usage.total().cost.known;
        Ok(StoredJob::open(folder).await?.results())
    }
}
