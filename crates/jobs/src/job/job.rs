//! [`Job`]: a chain over many inputs, with a journal.

use std::{fmt, path::PathBuf, sync::Arc};

use futures_util::FutureExt;
use runnable_chat::pricing::{Cost, Prices};
use runnable_core::{Error, RunConfig, Runnable, combinators::RetryPolicy};

use super::job_run::JobRun;
use crate::{
    engine::{Source, run},
    inputs::JobInputs,
    journal::Journal,
    outputs::JobOutput,
    state::{Control, Settings, publisher},
};

/// A chain over many inputs, whose results are kept in a journal.
///
/// The program may end at any moment. If the job runs again with the same folder, chain and inputs,
/// it continues: items with a result are not run again, and items that were in flight are.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_jobs::{Job, JobItem, inputs::items};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path().join("shout");
/// let shout = lambda(|text: String| text.to_uppercase());
/// let inputs = || items(["one", "two"].map(|text| JobItem::new(text, text)));
///
/// let report = Job::new(&folder, shout.clone()).inputs(inputs()).run().await?;
/// assert_eq!(report.done, 2);
///
/// let report = Job::new(&folder, shout).inputs(inputs()).run().await?;
/// assert_eq!(report.skipped, 2);
/// # Ok(())
/// # }
/// ```
///
/// # Items
///
/// Each input has a key, which identifies it in the journal. If two inputs have the same key, they
/// must be equal, and count once. If the input of a key changes after the job has begun, the job
/// stops with an error.
///
/// The journal and the outputs contain inputs and results as JSON. JSON has neither NaN nor
/// infinity, so such a number is null there.
///
/// An item is in flight from the moment when it is read until its result is durable. At most
/// [`max_concurrency`](Self::max_concurrency) items are in flight. An item is in the journal before
/// its first call, so the journal knows which items were in flight when the program ended.
/// Only the calls of these items can be paid twice. [`JobReport::interrupted`] is their number.
///
/// # Errors of items
///
/// | errors | consequence |
/// |---|---|
/// | transient errors | the item is tried again: see [`retry`](Self::retry) |
/// | errors that every item would have, such as an invalid API key | the job stops and returns the error, and the item stays pending: see [`stop_when`](Self::stop_when) |
/// | all others, and panics | the item has failed: the journal keeps the error, and the job continues |
///
/// Failed items are in the file `failed.jsonl` in the folder, with their inputs. To try them again,
/// use [`StoredJob::retry_failed`](crate::StoredJob::retry_failed).
///
/// An item can be the cause of a crash, for example because it uses all memory. To continue without such
/// an item, see [`max_crashes`](Self::max_crashes).
///
/// [`JobReport::interrupted`]: crate::JobReport::interrupted
#[must_use = "a job does nothing until it is run"]
pub struct Job<R: Runnable> {
    chain: R,
    source: Source,
    inputs: Option<Box<dyn JobInputs<R::Input>>>,
    settings: Settings,
}

impl<R: Runnable<Input: Clone>> Job<R> {
    /// Creates a job with a journal in a folder. The folder is opened when the job runs, and
    /// created if it is missing.
    pub fn new(folder: impl Into<PathBuf>, chain: R) -> Self {
        Self {
            chain,
            source: Source::Folder(folder.into()),
            inputs: None,
            settings: Settings::new(),
        }
    }

    /// Creates a job with a journal that the program has opened. Such a job writes no file
    /// `failed.jsonl`.
    pub fn with_journal(journal: impl Journal, chain: R) -> Self {
        let source = Source::Journal(Arc::new(journal));
        Self { chain, source, inputs: None, settings: Settings::new() }
    }

    /// Sets where the inputs come from. A job without inputs returns an error.
    pub fn inputs(self, inputs: impl JobInputs<R::Input>) -> Self {
        Self { inputs: Some(Box::new(inputs)), ..self }
    }

    /// Adds an output. It is written when the run ends, also if the job was stopped.
    pub fn output(self, output: impl JobOutput) -> Self {
        self.set(|settings| settings.outputs.push(Arc::new(output)))
    }

    /// Sets how many items are in flight at most. The default is 64.
    ///
    /// This is also the number of items whose calls can be paid twice after a crash. If it is 0, the
    /// job returns an error.
    pub fn max_concurrency(self, limit: usize) -> Self {
        self.set(|settings| settings.max_concurrency = limit)
    }

    /// Sets how items are tried again after an error. The default is [`RetryPolicy::new`]: three
    /// attempts for transient errors.
    ///
    /// An item that waits for its next attempt is in flight.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.set(|settings| settings.retry = policy)
    }

    /// Stops the job when this number of items has failed in this run. By default, there is no
    /// limit.
    ///
    /// The calls in flight end first. The job continues when it runs again.
    pub fn max_failures(self, limit: u64) -> Self {
        self.set(|settings| settings.max_failures = Some(limit))
    }

    /// Stops the job when its models have cost this amount, in all runs together. By default, there
    /// is no limit.
    ///
    /// The cost of an item counts when its call has ended. The calls in flight end first, so the
    /// sum can exceed the limit by their cost. Calls that were lost in a crash are not counted. If
    /// the cost of a model is unknown, the job stops, because the limit cannot be enforced.
    pub fn max_cost(self, limit: Cost) -> Self {
        self.set(|settings| settings.max_cost = Some(limit))
    }

    /// Ignores calls of unknown cost. By default, [`max_cost`](Self::max_cost) stops the job after
    /// such a call.
    pub fn allow_unknown_costs(self) -> Self {
        self.set(|settings| settings.allows_unknown_costs = true)
    }

    /// Sets the prices of models. The default is [`Prices::shipped`].
    pub fn prices(self, prices: Prices) -> Self {
        self.set(|settings| settings.prices = prices)
    }

    /// Sets which errors stop the job, because every item would have them.
    ///
    /// The default is the kinds `Authentication`, `PermissionDenied`, `NotFound`, `SpendingLimit`,
    /// `Cancelled` and `ReplayMismatch`, and a `RateLimit` that is not transient, because a quota is
    /// exhausted. An error that is retried stops the job only after the last attempt.
    ///
    /// If the [configuration](Self::config) has a cancellation token, include the kind `Cancelled`.
    /// Otherwise, the items in flight have failed when the token is cancelled.
    pub fn stop_when(self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.stops = Arc::new(decide))
    }

    /// Sets how often in a row the process may end while an item runs. Then the item fails, because it
    /// is probably the cause. By default, there is no limit, and 0 counts as 1.
    ///
    /// Set it, such as to 3, for a job that is started again automatically after each crash. A process
    /// that is killed from outside counts as a crash, too.
    ///
    /// After a crash, the items that were in flight run with less concurrency, and before the last
    /// crash that is allowed, each of them runs alone. So an item fails only if the process has
    /// ended while no other item ran. With a limit of 1, all items that were in flight fail.
    pub fn max_crashes(self, limit: u32) -> Self {
        self.set(|settings| settings.max_crashes = limit)
    }

    /// Adds a configuration to the call of each item: listeners, tags, a time limit, and so on.
    /// Earlier settings are kept: see [merging](RunConfig#merging).
    ///
    /// A time limit applies to all attempts of an item together, with the waits between them. A lower
    /// `max_concurrency` than the limit of the job applies to the calls.
    pub fn config(self, config: impl Into<RunConfig>) -> Self {
        self.set(|settings| settings.config = std::mem::take(&mut settings.config).merge(config))
    }

    /// Begins the job, or continues it where it has stopped.
    ///
    /// # Errors
    ///
    /// The returned future fails in these cases. In all but the first, the job can be resumed when
    /// the cause is removed:
    ///
    /// - The job has no inputs, or its settings are invalid.
    /// - The folder is used by another process, or its journal is damaged.
    /// - The journal cannot be written, for example because the disk is full.
    /// - The source of the inputs fails, or an input has changed.
    /// - An item fails with an error that [stops](Self::stop_when) the job.
    /// - An output cannot be written.
    ///
    /// A panic of a step, of an output, or of the thread that reads a file is an error. A panic of
    /// another source of inputs reaches the caller of the future.
    pub fn run(self) -> JobRun {
        let Self { chain, source, inputs, settings } = self;
        let control = Arc::new(Control::default());
        let states = Arc::new(publisher().0);
        let running =
            run(chain, inputs, source, settings, Arc::clone(&control), Arc::clone(&states));
        JobRun::new(running.boxed(), control, states)
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }
}

impl<R: Runnable> fmt::Debug for Job<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("settings", &self.settings).finish_non_exhaustive()
    }
}
