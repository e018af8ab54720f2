//! Events that a step emits itself.

use std::future::poll_fn;

use serde::Serialize;

use crate::{Payload, RunContext};

impl RunContext {
    /// Emits a custom event of this run, such as its progress.
    ///
    /// Without listeners it does nothing. It does not wait for listeners that are slow, so what a
    /// step emits in a loop may pile up before they take it: such a step calls
    /// [`emit_when_ready`](Self::emit_when_ready).
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let index = async_lambda(|pages: Vec<String>, cx: RunContext| async move {
    ///     for (done, page) in pages.iter().enumerate() {
    ///         // …
    ///         cx.emit("progress", &done);
    ///     }
    ///     Ok(pages.len())
    /// });
    /// ```
    pub fn emit<T: Serialize + 'static>(&self, name: &str, data: &T) {
        if let Some(run) = self.live_run() {
            run.custom(name, Payload::new(data));
        }
    }

    /// Waits until all listeners have room, then [emits](Self::emit): for a step that emits more than
    /// a listener should keep. Without listeners that may lack room, it does not wait.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, nothing is emitted.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// async fn report(rows: &[u64], cx: &RunContext) {
    ///     for row in rows {
    ///         cx.emit_when_ready("row", row).await;
    ///     }
    /// }
    /// ```
    pub async fn emit_when_ready<T: Serialize + Sync + 'static>(&self, name: &str, data: &T) {
        if let Some(run) = self.live_run() {
            poll_fn(|cx| run.poll_ready(cx)).await;
            run.custom(name, Payload::new(data));
        }
    }
}
