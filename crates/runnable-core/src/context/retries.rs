//! The retry policies that apply to a run, and the retry event.

use std::{sync::Arc, time::Duration};

use super::run_context::Shared;
use crate::{Error, RunContext, RunEventData, policy::retries::RetriesAround};

impl RunContext {
    /// Returns whether an enclosing [`with_retry`](crate::RunnableExt::with_retry) retries this
    /// error.
    ///
    /// A step that retries by default, such as the transport of a remote model, then does not retry
    /// the error itself, because the attempts would multiply.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let ask = async_lambda(|kind: String, cx: RunContext| async move {
    ///     let error = match &*kind {
    ///         "busy" => Error::new(ErrorKind::Unavailable, "the service is busy"),
    ///         _ => Error::new(ErrorKind::Authentication, "unknown key"),
    ///     };
    ///     Ok(cx.is_retried(&error))
    /// });
    /// assert!(!ask.invoke("busy").await?);
    /// assert!(ask.clone().with_retry(RetryPolicy::new()).invoke("busy").await?);
    /// assert!(!ask.with_retry(RetryPolicy::new()).invoke("key").await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_retried(&self, error: &Error) -> bool {
        self.retries().is_some_and(|retries| retries.act_on(error))
    }

    /// Emits an event that says that attempt number `attempt` has failed, and that this run now
    /// waits for `wait` before its next attempt.
    ///
    /// Attempts are counted from 1. [`with_retry`](crate::RunnableExt::with_retry) and the
    /// transport of a remote model emit this event. Call this method in a custom step that retries.
    /// Without listeners, it has no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<()> {
    /// let stubborn = async_lambda(|text: String, cx: RunContext| async move {
    ///     let error = Error::new(ErrorKind::Unavailable, "the service is busy");
    ///     let wait = Duration::from_secs(1);
    ///     cx.emit_retry(1, wait, &error);
    ///     cx.pause(tokio::time::sleep(wait)).await;
    ///     Ok(text)
    /// });
    /// assert_eq!(stubborn.invoke("hi").await?, "hi");
    /// # Ok(())
    /// # }
    /// ```
    pub fn emit_retry(&self, attempt: u32, wait: Duration, error: &Error) {
        if let Some(run) = self.live_run() {
            run.happened(RunEventData::Retry { attempt, wait, error });
        }
    }

    /// Returns this context for a step that is called inside the retries of `retry`.
    pub(crate) fn retried(&self, retry: &Arc<RetriesAround>) -> Self {
        let retries = Some(retry.inside(self.retries()));
        self.clone().with_shared(Shared { retries, ..self.shared() })
    }
}
