//! [`JobRun`]: a run of a job.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use runnable_core::Result;
use tokio::sync::watch;

use super::handle::JobHandle;
use crate::state::{Control, JobProgress, JobProgressStream, JobReport, publisher};

/// A run of a job. It is a future that returns the report. Created by [`Job::run`](super::Job::run).
///
/// The job works while the future is polled. If the future is dropped, all calls in flight are
/// cancelled, and it waits until the journal is closed. Their items then count as in flight, and are
/// tried again when the job runs again. To let the calls end first, use [`JobHandle::stop`].
///
/// # Panics
///
/// The future panics if it is polled outside a tokio runtime, or again after it has completed.
#[must_use = "a job does nothing until it is awaited"]
pub struct JobRun {
    run: BoxFuture<'static, Result<JobReport>>,
    control: Arc<Control>,
    /// `None` after the job has ended, so that the streams end.
    states: Option<Arc<watch::Sender<JobProgress>>>,
}

impl JobRun {
    pub(super) fn new(
        run: BoxFuture<'static, Result<JobReport>>,
        control: Arc<Control>,
        states: Arc<watch::Sender<JobProgress>>,
    ) -> Self {
        Self { run, control, states: Some(states) }
    }

    /// Returns a handle that pauses, resumes and stops the job.
    pub fn handle(&self) -> JobHandle {
        JobHandle::new(Arc::clone(&self.control))
    }

    /// Returns the progress of the job as a stream. It can be called several times.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_jobs::{Job, JobItem, inputs::items, journal::MemoryJournal};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase());
    /// let job = Job::with_journal(MemoryJournal::new(), shout);
    /// let run = job.inputs(items([JobItem::new("1", "hello")])).run();
    ///
    /// let mut progress = run.progress();
    /// let print = async {
    ///     let mut last = None;
    ///     while let Some(state) = progress.next().await {
    ///         println!("{state}");
    ///         last = Some(state);
    ///     }
    ///     last
    /// };
    /// let (report, last) = tokio::join!(run, print);
    /// assert_eq!(last.map(|state| state.done), Some(report?.done));
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(&self) -> JobProgressStream {
        let states = match &self.states {
            Some(states) => states.subscribe(),
            // A channel that is closed already.
            None => publisher().1,
        };
        JobProgressStream::new(states)
    }
}

impl Future for JobRun {
    type Output = Result<JobReport>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let result = task::ready!(self.run.poll_unpin(cx));
        self.states = None;
        Poll::Ready(result)
    }
}

impl fmt::Debug for JobRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobRun").field("has_ended", &self.states.is_none()).finish_non_exhaustive()
    }
}
