//! [`JobProgressStream`]: the progress of a job as a stream.

use std::{
    fmt,
    pin::Pin,
    task::{self, Poll},
};

use futures_core::{Stream, stream::BoxStream};
use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use super::progress::JobProgress;

/// A stream of the progress of a job. Created by [`JobRun::progress`](crate::JobRun::progress).
///
/// It yields the current state first, then a state about ten times per second while something
/// changes, and ends when the job has ended or is dropped. A slow reader misses states and never
/// slows the job. The job works only while its [`JobRun`](crate::JobRun) is polled, so await both
/// at once, for example with `tokio::join!`.
#[must_use = "a stream does nothing until it is polled"]
pub struct JobProgressStream {
    states: BoxStream<'static, JobProgress>,
}

/// Creates the two ends of the channel of the progress.
pub(crate) fn publisher() -> (watch::Sender<JobProgress>, watch::Receiver<JobProgress>) {
    watch::channel(JobProgress::default())
}

impl JobProgressStream {
    pub(crate) fn new(mut states: watch::Receiver<JobProgress>) -> Self {
        states.mark_changed();
        let states = stream::unfold(states, |mut states| async {
            states.changed().await.ok()?;
            let state = states.borrow_and_update().clone();
            Some((state, states))
        });
        Self { states: states.boxed() }
    }

    /// Returns the next state, or `None` if the job has ended.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no state is lost, except for states that a later state replaces.
    pub fn next(&mut self) -> impl Future<Output = Option<JobProgress>> + Send {
        StreamExt::next(&mut self.states)
    }
}

impl Stream for JobProgressStream {
    type Item = JobProgress;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.states.poll_next_unpin(cx)
    }
}

impl fmt::Debug for JobProgressStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobProgressStream").finish_non_exhaustive()
    }
}
