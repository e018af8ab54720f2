//! The retries around a run, and what is seen of attempts.

use std::{sync::Arc, time::Duration};

use crate::{Error, RunContext, RunEventData, combinators::RetryPolicy, context::Shared};

/// The retries around a run, the innermost first.
pub(crate) struct RetriesAround {
    policy: RetryPolicy,
    outer: Option<Arc<Self>>,
}

impl RetriesAround {
    /// A retry that is not inside another one.
    pub(crate) fn of(policy: RetryPolicy) -> Self {
        Self { policy, outer: None }
    }
}

impl RunContext {
    /// Whether a [`retry`](crate::RunnableExt::with_retry) around this run acts on this error. A step that
    /// retries by default, such as the transport of a remote model, then leaves it to that, because
    /// attempts would multiply.
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
        let around = self.retries().map(|retries| &**retries);
        std::iter::successors(around, |retries| retries.outer.as_deref())
            .any(|retries| retries.policy.acts_on(error))
    }

    /// Emits the event that this run waits so long before its next attempt, because the attempt of this
    /// number (counted from 1) failed. Without listeners it does nothing.
    ///
    /// A [`retry`](crate::RunnableExt::with_retry) and the transport of a remote model emit it; a step that
    /// retries by itself does so, too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// let stubborn = async_lambda(|text: String, cx: RunContext| async move {
    ///     let error = Error::new(ErrorKind::Unavailable, "the service is busy");
    ///     let wait = Duration::from_secs(1);
    ///     cx.emit_retry(1, wait, &error);
    ///     cx.pause(tokio::time::sleep(wait)).await;
    ///     Ok(text)
    /// });
    /// ```
    pub fn emit_retry(&self, attempt: u32, wait: Duration, error: &Error) {
        if let Some(run) = self.live_run() {
            run.happened(RunEventData::Retry { attempt, wait, error });
        }
    }

    /// This context, inside a run that retries.
    pub(crate) fn retried(&self, retry: &Arc<RetriesAround>) -> Self {
        let shared = self.shared();
        let retries = match &shared.retries {
            None => Arc::clone(retry),
            outer => {
                let (policy, outer) = (retry.policy.clone(), outer.clone());
                Arc::new(RetriesAround { policy, outer })
            }
        };
        self.clone().with_shared(Shared { retries: Some(retries), ..shared })
    }
}
