//! [`Retry`]: a step that is retried if it fails.

use std::{fmt, future::poll_fn, sync::Arc, task::Poll};

use futures_util::FutureExt;
use tokio::time::sleep;

use super::beginning::{Failed, begun};
use crate::{
    ChildPosition, ChunkStream, Error, InputStream, Result, RunContext, Runnable, Runs, Scope,
    StepInfo, Structure,
    policy::{RetryPolicy, retries::RetriesAround},
    poll::pace::Pace,
    protocol::{graph_of::graph_of, links::Links},
};

/// A step that is retried if it fails. Created by
/// [`RunnableExt::with_retry`](crate::RunnableExt::with_retry).
///
/// A stream is retried only until the first chunk that [has content](crate::Chunk::has_content),
/// because the caller has then received that chunk. Chunks without content are held back until the
/// first chunk with content arrives.
///
/// The run of a retry has one child run per attempt. The second and later attempts are tagged
/// `retry:attempt:2`, `retry:attempt:3` and so on. Before each of them, the run emits a
/// [`Retry`](crate::RunEventData::Retry) event.
///
/// A remote model inside a retry sends one request per attempt: its transport does not retry the
/// errors that this step retries, unless you set a retry policy for the transport. Nested retries
/// multiply the number of attempts.
#[doc(alias = "RunnableRetry")]
#[derive(Clone)]
#[must_use = "a chain does nothing until it is run"]
pub struct Retry<R> {
    step: R,
    policy: RetryPolicy,
    /// The retry policy, as part of the context of the runs inside this step.
    around: Arc<RetriesAround>,
}

impl<R> Retry<R> {
    pub(crate) fn new(step: R, policy: RetryPolicy) -> Self {
        let around = Arc::new(RetriesAround::of(policy.clone()));
        Self { step, policy, around }
    }
}

/// The state of a run of a retry: its current attempt, and the failed attempts.
struct Attempts<'a> {
    policy: &'a RetryPolicy,
    cx: &'a RunContext,
    /// The number of the current attempt, counted from 1.
    number: u32,
    /// The number of failed attempts, including the attempts of nested retries.
    failed: u32,
    pace: Pace,
}

impl<'a> Attempts<'a> {
    fn new(policy: &'a RetryPolicy, cx: &'a RunContext) -> Self {
        Self { policy, cx, number: 1, failed: 0, pace: Pace::new() }
    }

    /// Returns the scope in which the current attempt is called.
    fn scope(&self) -> Scope<'a> {
        let place = match self.number {
            1 => ChildPosition::Untagged,
            number => ChildPosition::Tag(format!("retry:attempt:{number}").into()),
        };
        self.cx.child(place).attempt(self.number)
    }

    /// Waits until the next attempt may start.
    ///
    /// # Errors
    ///
    /// Returns the error that the retry reports if no further attempt is allowed.
    async fn wait(&mut self, error: Error) -> Result<()> {
        self.failed = self.failed.saturating_add(error.attempts());
        let waits = self.policy.wait(self.number, error);
        let (wait, error) = waits.map_err(|error| error.with_attempts(self.failed))?;
        self.cx.emit_retry(self.number, wait, &error);
        // A wait of zero does not need a timer, so it works outside a tokio runtime.
        if wait.is_zero() {
            // Otherwise many attempts that fail at once would never let a timer end them.
            poll_fn(|cx| self.pace.poll(cx, |_| Poll::Ready(()))).await;
        } else {
            self.cx.pause(sleep(wait)).await;
        }
        self.number += 1;
        Ok(())
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable<Input: Clone>> Runnable for Retry<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let cx = cx.retried(&self.around);
        let mut attempts = Attempts::new(&self.policy, &cx);
        loop {
            // Box the future, because the wrapped step can be of any type and size.
            let call = attempts.scope().invoke_inline(&self.step, input.clone()).boxed();
            match call.await {
                Ok(output) => return Ok(output),
                Err(error) => attempts.wait(error).await?,
            }
        }
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        let Self { step, policy, around } = self.clone();
        let chunks = async move {
            let cx = cx.retried(&around);
            let mut attempts = Attempts::new(&policy, &cx);
            loop {
                let chunks = attempts.scope().stream(&step, input.clone());
                let Failed { chunks, error } = match begun(chunks).await {
                    Ok(chunks) => return chunks,
                    Err(failed) => failed,
                };
                if let Err(error) = attempts.wait(error).await {
                    return Failed { chunks, error }.into_stream();
                }
            }
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Waits for the complete input, because each attempt needs it again.
    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        let info = self.step.info();
        StepInfo::new(info.name.clone()).limited_as(&info)
    }

    fn structure(&self) -> Structure {
        let label = format!("attempt:1-{}", self.policy.max_attempts.max(1));
        Structure::Choice(vec![(label, graph_of(&self.step))])
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<R: fmt::Debug> fmt::Debug for Retry<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry").field("step", &self.step).field("policy", &self.policy).finish()
    }
}
