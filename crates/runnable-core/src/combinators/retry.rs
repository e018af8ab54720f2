//! [`Retry`]: a step that is retried if it fails.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;

use super::beginning::{Failed, begun};
use crate::{
    Backoff, ChildPosition, ChunkStream, Error, ErrorKind, Result, RunContext, Runnable,
    RunnableExt, Scope, StepInfo, Structure, links::Links, retries::RetriesAround,
};

/// Configures which errors are retried, how often, and with which delays.
///
/// Pass it to [`RunnableExt::with_retry`](crate::RunnableExt::with_retry). The defaults are:
///
/// | setting | default |
/// |---|---|
/// | [`max_attempts`](Self::max_attempts) | 3 |
/// | [`initial_backoff`](Self::initial_backoff) | 1 s, doubled after each further attempt |
/// | [`max_backoff`](Self::max_backoff) | 60 s |
/// | [`jitter`](Self::jitter) | up to 1 s |
/// | [`max_retry_after`](Self::max_retry_after) | 60 s |
/// | [`when`](Self::when) | [transient](Error::is_transient) errors |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use runnable_core::prelude::*;
///
/// let policy = RetryPolicy::new()
///     .max_attempts(5)
///     .initial_backoff(Duration::from_millis(200))
///     .when(|error| error.kind() == ErrorKind::RateLimit);
/// ```
#[derive(Clone)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    backoff: Backoff,
    when: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}

impl RetryPolicy {
    /// Creates the default policy: three attempts, after transient errors.
    pub fn new() -> Self {
        let second = Duration::from_secs(1);
        Self {
            max_attempts: 3,
            backoff: Backoff::new(second, 60 * second).longer_by(second),
            when: Arc::new(Error::is_transient),
        }
    }

    /// Sets the maximum number of attempts, including the first. 0 counts as 1. The default is 3.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the delay after the first attempt, which doubles after each further attempt.
    ///
    /// The default is 1 s.
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.initial(wait);
        self
    }

    /// Sets the maximum delay, without jitter. The default is 60 s.
    ///
    /// A longer delay that a service requests is still honoured, up to
    /// [`max_retry_after`](Self::max_retry_after).
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.max(wait);
        self
    }

    /// Sets the maximum of the random time that is added to each delay. The default is 1 s.
    ///
    /// The jitter prevents callers that failed together from retrying together.
    pub fn jitter(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.longer_by(wait);
        self
    }

    /// Sets the maximum delay that a service may request with [`Error::retry_after`].
    ///
    /// The default is 60 s. If a service requests more, the step fails at once, and the error says
    /// so.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// let patient = RetryPolicy::new().max_retry_after(Duration::from_secs(10 * 60));
    /// ```
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.max_retry_after(wait);
        self
    }

    /// Retries without delay and without jitter.
    pub fn without_backoff(self) -> Self {
        self.initial_backoff(Duration::ZERO).jitter(Duration::ZERO)
    }

    /// Sets which errors are retried. The default is [transient](Error::is_transient) errors.
    ///
    /// An error of kind [`Cancelled`](ErrorKind::Cancelled) is never retried.
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }

    /// Returns whether the policy retries this error, regardless of the number of attempts.
    pub(crate) fn acts_on(&self, error: &Error) -> bool {
        error.kind() != ErrorKind::Cancelled && (self.when)(error)
    }

    /// Returns how long to wait after the failed `attempt`, counted from 1.
    ///
    /// # Errors
    ///
    /// Returns the error of the retry if no further attempt is allowed.
    fn wait(&self, attempt: u32, error: Error) -> Result<(Duration, Error)> {
        match attempt < self.max_attempts && self.acts_on(&error) {
            true => self.backoff.wait(error, attempt),
            false => Err(error),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// A step that is retried if it fails. Created by
/// [`RunnableExt::with_retry`](crate::RunnableExt::with_retry).
///
/// A streamed step is retried until its first chunk that [has content](crate::Chunk::has_content),
/// because the caller has already received that chunk. Chunks before it are held back until it
/// arrives.
///
/// The run of a retry has one child run per attempt. The second and later attempts are tagged
/// `retry:attempt:2`, `retry:attempt:3` and so on. Before each of them, the run emits a
/// [`Retry`](crate::RunEventData::Retry) event.
///
/// A remote model inside a retry sends one request per attempt: its transport does not retry the
/// errors that this step retries, unless you set a retry policy for the transport. Nested retries
/// multiply the number of attempts.
#[derive(Clone)]
#[must_use = "a chain does nothing until it is run"]
pub struct Retry<R> {
    step: R,
    policy: RetryPolicy,
    /// The policy, in the form that the runs inside this step look up.
    around: Arc<RetriesAround>,
}

impl<R> Retry<R> {
    pub(crate) fn new(step: R, policy: RetryPolicy) -> Self {
        let around = Arc::new(RetriesAround::of(policy.clone()));
        Self { step, policy, around }
    }
}

/// The attempts of a run.
struct Attempts<'a> {
    policy: &'a RetryPolicy,
    cx: &'a RunContext,
    /// The number of the current attempt, counted from 1.
    number: u32,
    /// The number of failed attempts, including those of nested retries.
    failed: u32,
}

impl<'a> Attempts<'a> {
    fn new(policy: &'a RetryPolicy, cx: &'a RunContext) -> Self {
        Self { policy, cx, number: 1, failed: 0 }
    }

    /// Returns the scope in which the current attempt is called.
    fn scope(&self) -> Scope<'a> {
        let place = match self.number {
            1 => ChildPosition::Untagged,
            number => ChildPosition::Tag(format!("retry:attempt:{number}").into()),
        };
        self.cx.child(place).attempt(self.number)
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    ///
    /// Returns the error of the retry if no further attempt is allowed.
    async fn wait(&mut self, error: Error) -> Result<()> {
        self.failed = self.failed.saturating_add(error.attempts());
        let waits = self.policy.wait(self.number, error);
        let (wait, error) = waits.map_err(|error| error.with_attempts(self.failed))?;
        self.cx.emit_retry(self.number, wait, &error);
        // A wait of zero does not need a timer, so it works outside a tokio runtime.
        if !wait.is_zero() {
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

    /// Gathers the input, because the next attempt needs it again.
    fn run_transform(
        &self,
        input: ChunkStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        cx.concat_then(self, input)
    }

    fn info(&self) -> StepInfo {
        let info = self.step.info();
        StepInfo::new(info.name.clone()).limited_as(&info)
    }

    fn structure(&self) -> Structure {
        let label = format!("attempt:1-{}", self.policy.max_attempts.max(1));
        Structure::Choice(vec![(label, self.step.graph())])
    }

    fn steps(&self) -> usize {
        1
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl std::fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("max_attempts", &self.max_attempts)
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}

impl<R: std::fmt::Debug> std::fmt::Debug for Retry<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retry").field("step", &self.step).field("policy", &self.policy).finish()
    }
}
