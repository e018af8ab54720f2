//! [`Settings`]: the settings of the jobs of an evaluation.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use runnable_chat::pricing::{Cost, Prices};
use runnable_core::{Result, RunConfig, combinators::RetryPolicy};
use runnable_jobs::{JobReport, JobRun};

/// A function that runs the jobs of an evaluation. It receives the name of the job.
pub(super) type RunJob =
    dyn Fn(String, JobRun) -> BoxFuture<'static, Result<JobReport>> + Send + Sync;

/// The settings of the jobs of an evaluation. Settings that are `None` have the default of
/// [`Job`](runnable_jobs::Job).
#[derive(Default)]
pub(super) struct Settings {
    pub(super) max_concurrency: Option<usize>,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) prices: Option<Prices>,
    pub(super) max_cost: Option<Cost>,
    pub(super) allows_unknown_costs: bool,
    pub(super) config: RunConfig,
    pub(super) retries_failed: bool,
    pub(super) run_job: Option<Arc<RunJob>>,
}
