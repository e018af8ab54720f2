//! [`RunReporter`]: a handle through which a value reports facts about a run.

use std::{fmt, sync::Arc, time::Duration};

use serde::Serialize;

use crate::{Payload, RunContext, RunEventData, observe::live_run::LiveRun};

/// A handle through which a value reports facts about a run.
///
/// Created by [`RunContext::reporter`]. A [`RunContext`] prevents the reuse of the concurrency
/// permit of its run while it exists. A reporter does not. A value that outlives a poll, such as
/// the body of a response, can therefore hold a reporter, and report when the value is dropped.
/// Reports after the end of the run have no effect.
///
/// # Examples
///
/// ```
/// use runnable_core::{RunReporter, prelude::*};
///
/// /// Reports how many rows were read, at the latest when it is dropped.
/// struct Rows {
///     read: u64,
///     reporter: Option<RunReporter>,
/// }
///
/// impl Drop for Rows {
///     fn drop(&mut self) {
///         if let Some(reporter) = &self.reporter {
///             reporter.report("database", &self.read);
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let load = async_lambda(|key: String, cx: RunContext| async move {
///     let mut rows = Rows { read: 0, reporter: cx.reporter() };
///     rows.read += 1;
///     Ok(key)
/// });
/// assert_eq!(load.invoke("a").await?, "a");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RunReporter {
    run: Arc<LiveRun>,
}

impl RunContext {
    /// Returns a handle through which a value reports facts about this run. Returns `None` if the
    /// run is not observed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let watched = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.reporter().is_some())
    /// });
    /// assert!(!watched.invoke("").await?);
    /// assert!(watched.on_end(|_| ()).invoke("").await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reporter(&self) -> Option<RunReporter> {
        self.live_run().map(|run| RunReporter { run: Arc::clone(run) })
    }
}

impl RunReporter {
    /// Reports facts about the run to its listeners, like
    /// [`RunContext::emit_report`].
    ///
    /// See [`RunReporter`] for an example.
    pub fn report<T: Serialize + 'static>(&self, name: &str, data: &T) {
        self.run.happened(RunEventData::Report { name, data: Payload::new(data) });
    }

    /// Returns the time since the run started. It is zero if the run has not started.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    /// use tokio::time::sleep;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<()> {
    /// let nap = async_lambda(|_: String, cx: RunContext| async move {
    ///     sleep(Duration::from_secs(2)).await;
    ///     Ok(cx.reporter().map_or(0, |reporter| reporter.elapsed().as_secs()))
    /// });
    /// assert_eq!(nap.on_end(|_| ()).invoke("").await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn elapsed(&self) -> Duration {
        self.run.elapsed()
    }
}

impl fmt::Debug for RunReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunReporter").field("run", &self.run.run.name).finish_non_exhaustive()
    }
}
