//! [`JobHandle`]: pauses, resumes and stops a job that runs.

use std::sync::Arc;

use crate::state::Control;

/// A handle that pauses, resumes and stops a job that runs. Created by
/// [`JobRun::handle`](super::JobRun::handle).
///
/// A clone is a handle to the same job. After the job has ended, a handle has no effect.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_jobs::{Job, JobItem, JobOutcome, inputs::items, journal::MemoryJournal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let job = Job::with_journal(MemoryJournal::new(), shout);
/// let run = job.inputs(items([JobItem::new("1", "hello")])).run();
///
/// run.handle().stop();
/// assert_eq!(run.await?.outcome, JobOutcome::Stopped);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct JobHandle {
    control: Arc<Control>,
}

impl JobHandle {
    pub(super) fn new(control: Arc<Control>) -> Self {
        Self { control }
    }

    /// Starts no new items until [`resume`](Self::resume). Calls in flight continue.
    pub fn pause(&self) {
        self.control.set_paused(true);
    }

    /// Starts items again after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.control.set_paused(false);
    }

    /// Stops the job: it starts no new items, and ends when the calls in flight have ended.
    ///
    /// An item that waits for its next attempt does not start it, and stays pending. To cancel the
    /// calls in flight, too, drop the [`JobRun`](super::JobRun). A job that was stopped continues
    /// when it runs again.
    pub fn stop(&self) {
        self.control.stop();
    }

    /// Returns whether the job is paused.
    pub fn is_paused(&self) -> bool {
        self.control.is_paused()
    }

    /// Returns whether the job was stopped: by a handle, by a limit or by an error.
    pub fn is_stopping(&self) -> bool {
        self.control.is_stopping()
    }
}
