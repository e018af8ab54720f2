//! [`CheckpointExt`]: adds the method `checkpoint` to steps.

use std::borrow::Cow;

use runnable_core::Runnable;
use serde::de::DeserializeOwned;

use super::checkpoint::Checkpoint;

/// Adds [`checkpoint`](Self::checkpoint) to every step whose output can be read back from JSON.
pub trait CheckpointExt: Runnable<Output: DeserializeOwned> {
    /// Keeps the output of this step in the journal of a job until the item has ended.
    ///
    /// If the item is tried again, after an error in a later step or in another process after a
    /// crash, the step returns the stored output without running. Outside a job, the step runs as
    /// if there were no checkpoint.
    ///
    /// An output is found by the name, the input, and how often the checkpoint was called with the
    /// same input in the same attempt. So a step that samples several answers to one question gets
    /// each of them back. Within a chain, each checkpoint needs its own name.
    ///
    /// The output is stored as JSON, so it must be the same value when it is read back. For example,
    /// `Some(())` and a float that is NaN are null in JSON.
    ///
    /// A stream passes its chunks on as they arrive. The complete output is in the journal before
    /// the stream ends.
    ///
    /// # Errors
    ///
    /// Returns an error if the input or the output cannot be converted to JSON. If the journal
    /// fails, the job stops.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    /// use runnable_core::prelude::*;
    /// use runnable_jobs::{CheckpointExt, Job, JobItem, inputs::items, journal::MemoryJournal};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<()> {
    /// let calls = Arc::new(AtomicU32::new(0));
    /// let counter = Arc::clone(&calls);
    /// let summarize = lambda(move |text: String| {
    ///     counter.fetch_add(1, Ordering::Relaxed);
    ///     text.to_uppercase()
    /// });
    /// let publish = try_lambda(|_: String| {
    ///     Err::<String, _>(Error::new(ErrorKind::Unavailable, "the service is down"))
    /// });
    /// let chain = summarize.checkpoint("summary").pipe(publish);
    ///
    /// let job = Job::with_journal(MemoryJournal::new(), chain);
    /// let report = job.inputs(items([JobItem::new("1", "text")])).run().await?;
    /// assert_eq!(report.failed, 1);
    /// assert_eq!(calls.load(Ordering::Relaxed), 1, "the second and third attempt did not run it");
    /// # Ok(())
    /// # }
    /// ```
    fn checkpoint(self, name: impl Into<Cow<'static, str>>) -> Checkpoint<Self> {
        Checkpoint::new(self, name.into())
    }
}

impl<R: Runnable<Output: DeserializeOwned>> CheckpointExt for R {}
