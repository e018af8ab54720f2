//! [`BatchQueue`]: the queue of calls that go through a Batch API.

use std::{
    collections::HashMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use runnable_chat::batch_api::{BatchApi, BatchError, BatchPolling};
use runnable_core::{Error, ErrorKind, Result};

use super::{lane::Lane, settings::Settings};
use crate::journal::{Journal, RedbJournal};

/// A queue of calls that go through the Batch API of their model.
///
/// Calls wait until there are enough of them for a batch, or until no further call has arrived for
/// some time. Then they are submitted together. The queue needs many calls at once, so set a large
/// [`max_concurrency`](crate::Job::max_concurrency) for the job: it is the size of the batches.
///
/// ```no_run
/// use runnable_chat::prelude::*;
/// use runnable_jobs::{BatchQueue, BatchQueueExt, Job, JobItem, inputs::items};
///
/// # async fn example(model: ChatModel, tickets: Vec<JobItem<Dict>>) -> Result<()> {
/// let queue = BatchQueue::open("jobs/tickets/batches")?.fall_back_to_live_calls();
/// let model = model.through_batch_api(&queue)?;
/// let chain = prompt("Is this urgent? {ticket}").pipe(model).pipe(text());
///
/// let job = Job::new("jobs/tickets", chain).inputs(items(tickets)).max_concurrency(10_000);
/// let report = job.run().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Restarts
///
/// The queue keeps the digests of the requests of each batch, and the IDs of the service, in a
/// journal. If the program ends while a batch is at the service, and the same calls are made again
/// with the same journal, they find their batch, and are not paid twice. There is one exception: if
/// the program ends while a service that needs no files, such as Anthropic, creates a batch, the ID
/// of the batch is unknown, and the requests are submitted again. The journal keeps the batches until
/// its folder is deleted. Services keep results for about 30 days.
///
/// A call whose request equals an earlier request of this process is a new request, so that a retry
/// after an unusable answer gets another answer. So is a call of an item that has failed after its
/// answer, and that [`StoredJob::retry_failed`](crate::StoredJob::retry_failed) has made pending
/// again.
///
/// # Errors
///
/// An error of a request is the error of its call. A request that the service did not answer has an
/// error with a [`BatchError`]. [`fall_back_to_live_calls`](Self::fall_back_to_live_calls) calls the
/// service directly in this case.
///
/// If the service rejects a batch because its queue is full, its calls wait, and are submitted again:
/// in smaller batches, one after another, for up to a day.
///
/// If a batch could not be submitted, or its results could not be fetched, all its calls have the
/// error. If a call is repeated after this, it continues with the same batch, and is not paid twice.
///
/// # Cancellation
///
/// If a call is dropped before its batch is submitted, it leaves the queue. If it is dropped later,
/// the batch continues, and is paid. The queue works only while a call waits for it.
///
/// A clone is a handle to the same queue. A setter changes its handle only. Models with the same
/// provider and name share their batches, with the settings of the handle that was used first.
#[derive(Clone)]
#[must_use]
pub struct BatchQueue {
    journal: Arc<dyn Journal>,
    lanes: Arc<Mutex<HashMap<String, Arc<Lane>>>>,
    pub(super) settings: Settings,
}

impl BatchQueue {
    /// Opens a queue whose journal is in this folder. Creates the folder if it is missing.
    ///
    /// Use a subfolder of the folder of the job. A folder can be used by one process at a time.
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`RedbJournal::open`].
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::with_journal(RedbJournal::open(folder)?))
    }

    /// Creates a queue with a journal that the program has opened.
    ///
    /// With a [`MemoryJournal`](crate::journal::MemoryJournal), batches are lost when the program
    /// ends.
    pub fn with_journal(journal: impl Journal) -> Self {
        let settings = Settings {
            max_requests: 10_000,
            quiet_time: Duration::from_secs(10),
            polling: BatchPolling::new(),
            falls_back: Arc::new(|_| false),
        };
        Self { journal: Arc::new(journal), lanes: Arc::default(), settings }
    }

    /// Sets the number of waiting calls with which a batch is submitted at once. The default is
    /// 10,000. 0 counts as 1.
    ///
    /// A batch that exceeds the limits of the service is split.
    pub fn max_requests(mut self, requests: usize) -> Self {
        self.settings.max_requests = requests.max(1);
        self
    }

    /// Sets the time after which waiting calls are submitted if no further call arrives. The
    /// default is 10 s.
    pub fn quiet_time(mut self, time: Duration) -> Self {
        self.settings.quiet_time = time;
        self
    }

    /// Sets how often the status of a batch is requested.
    pub fn polling(mut self, polling: BatchPolling) -> Self {
        self.settings.polling = polling;
        self
    }

    /// Calls the service directly, at the price of live calls, if a request was not answered
    /// because its batch expired, failed or lost it, or because the Batch API does not support it.
    ///
    /// By default, such a request is an error of its call. Errors with which the service answered
    /// a request, such as an input that is too long, do not lead to a live call.
    pub fn fall_back_to_live_calls(self) -> Self {
        self.fall_back_when(|error| {
            let is_lost = match error.downcast_ref::<BatchError>() {
                Some(BatchError::Cancelled) => false,
                reason => reason.is_some(),
            };
            is_lost || error.kind() == ErrorKind::Unsupported
        })
    }

    /// Sets which errors lead to a live call.
    pub fn fall_back_when(
        mut self,
        decide: impl Fn(&Error) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings.falls_back = Arc::new(decide);
        self
    }

    /// Returns the lane of the queue for a model. Models with the same name share it.
    pub(super) fn lane(&self, name: String, api: BatchApi) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = || {
            let api = api.polling(self.settings.polling);
            let journal = Arc::clone(&self.journal);
            Arc::new(Lane::new(name.clone(), api, journal, self.settings.clone()))
        };
        Arc::clone(lanes.entry(name.clone()).or_insert_with(lane))
    }
}

impl fmt::Debug for BatchQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchQueue")
            .field("max_requests", &self.settings.max_requests)
            .field("quiet_time", &self.settings.quiet_time)
            .finish_non_exhaustive()
    }
}
