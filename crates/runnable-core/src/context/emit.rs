//! Events that a step emits: custom events, fallbacks, waits and reports.

use std::time::Duration;

use serde::Serialize;

use crate::{Error, Payload, RunContext, RunEventData, WaitReason};

impl RunContext {
    /// Sends a custom event, such as progress, to the listeners of this run.
    ///
    /// Without listeners, it has no effect. It does not wait for slow listeners, so events that are
    /// emitted in a loop can accumulate. In a loop, use [`emit_when_ready`](Self::emit_when_ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use runnable_core::{Listener, RunEvent, RunEventData, prelude::*};
    ///
    /// struct Progress(mpsc::Sender<String>);
    ///
    /// impl Listener for Progress {
    ///     fn on_event(&self, event: &RunEvent<'_>) {
    ///         if let RunEventData::Custom { name, .. } = &event.data {
    ///             self.0.send((*name).to_owned()).unwrap_or_default();
    ///         }
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let index = async_lambda(|pages: Vec<String>, cx: RunContext| async move {
    ///     cx.emit("indexed", &pages.len());
    ///     Ok(pages.len())
    /// });
    ///
    /// let (sender, names) = mpsc::channel();
    /// let config = RunConfig::new().listener(Progress(sender));
    /// index.invoke(vec!["first page".to_owned()]).config(config).await?;
    /// assert_eq!(names.try_recv().as_deref(), Ok("indexed"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("dispatch_custom_event", "adispatch_custom_event"))]
    pub fn emit<T: Serialize + 'static>(&self, name: &str, data: &T) {
        if let Some(run) = self.live_run() {
            run.happened(RunEventData::Custom { name, data: Payload::new(data) });
        }
    }

    /// Waits until all listeners are ready, and then [emits](Self::emit) the event.
    ///
    /// Use this in a step that emits more events than a listener should store. It does not wait if
    /// all listeners are ready.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, nothing is emitted.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let report = async_lambda(|rows: Vec<u64>, cx: RunContext| async move {
    ///     for row in &rows {
    ///         cx.emit_when_ready("row", row).await;
    ///     }
    ///     Ok(rows.len())
    /// });
    /// assert_eq!(report.invoke(vec![1, 2]).await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("dispatch_custom_event", "adispatch_custom_event"))]
    pub async fn emit_when_ready<T: Serialize + Sync + 'static>(&self, name: &str, data: &T) {
        if let Some(run) = self.live_run() {
            run.ready().await;
            run.happened(RunEventData::Custom { name, data: Payload::new(data) });
        }
    }

    /// Emits an event which reports that a step has failed with `error`, and that this run now
    /// tries the fallback with this number, counted from 1.
    ///
    /// [`with_fallback`](crate::RunnableExt::with_fallback) emits this event. Call this method in a
    /// custom step that replaces a failed step. Without listeners, it has no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let cached_or_live = async_lambda(|key: String, cx: RunContext| async move {
    ///     let error = Error::new(ErrorKind::Unavailable, "the cache is down");
    ///     cx.emit_fallback(1, &error);
    ///     Ok(format!("live {key}"))
    /// });
    /// assert_eq!(cached_or_live.invoke("page").await?, "live page");
    /// # Ok(())
    /// # }
    /// ```
    pub fn emit_fallback(&self, number: u32, error: &Error) {
        if let Some(run) = self.live_run() {
            run.happened(RunEventData::Fallback { number, error });
        }
    }

    /// Emits an event which reports that this run has waited for `wait`, and continues now.
    ///
    /// Call this method in a custom step that waits for capacity, after the wait. Without
    /// listeners, it has no effect. For the wait before another attempt, use
    /// [`emit_retry`](Self::emit_retry).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{WaitReason, prelude::*};
    /// use tokio::{sync::Semaphore, time::Instant};
    ///
    /// static SLOTS: Semaphore = Semaphore::const_new(2);
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let render = async_lambda(|page: u32, cx: RunContext| async move {
    ///     let start = Instant::now();
    ///     let _slot = cx.pause(SLOTS.acquire()).await.map_err(Error::other)?;
    ///     cx.emit_wait(WaitReason::new("render_slot"), start.elapsed());
    ///     Ok(format!("page {page}"))
    /// });
    /// assert_eq!(render.invoke(7u32).await?, "page 7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn emit_wait(&self, reason: WaitReason, wait: Duration) {
        if let Some(run) = self.live_run() {
            run.happened(RunEventData::Wait { reason, wait });
        }
    }

    /// Reports facts about this run to its listeners, such as the status of an HTTP response.
    ///
    /// A report describes how a step did its work, and comes from the implementation of the step.
    /// For an event that the program itself handles, such as progress, use [`emit`](Self::emit).
    /// Without listeners, only a wrapper of the implementation receives the report, if it has called
    /// [`on_report`](Self::on_report).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let load = async_lambda(|key: String, cx: RunContext| async move {
    ///     cx.emit_report("database", &"1 row in 3 ms");
    ///     Ok(key)
    /// });
    /// assert_eq!(load.invoke("a").await?, "a");
    /// # Ok(())
    /// # }
    /// ```
    pub fn emit_report<T: Serialize + 'static>(&self, name: &str, data: &T) {
        let data = Payload::new(data);
        self.tap_report(name, &data);
        if let Some(run) = self.live_run() {
            run.happened(RunEventData::Report { name, data });
        }
    }
}
