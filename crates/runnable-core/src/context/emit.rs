//! Custom events of a step.

use std::future::poll_fn;

use serde::Serialize;

use crate::{Payload, RunContext, RunEventData};

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
            poll_fn(|cx| run.poll_ready(cx)).await;
            run.happened(RunEventData::Custom { name, data: Payload::new(data) });
        }
    }
}
