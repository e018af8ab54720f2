//! A step that tries again.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;

use super::beginning::{Failed, begun};
use crate::{
    Backoff, ChildPosition, ChunkStream, Error, ErrorKind, Result, RunContext, Runnable,
    RunnableExt, Scope, StepInfo, Structure, links::Links, retries::RetriesAround,
};

/// Which errors to try again after, how often, and after how long. Given to
/// [`RunnableExt::with_retry`](crate::RunnableExt::with_retry).
///
/// At first: three attempts in all, after [transient](Error::is_transient) errors, one second after
/// the first, twice as long after each that follows, and up to a second more at random, so that
/// callers who failed together do not come back together. If a service asks for a longer wait, that
/// holds, up to a minute: beyond that, the step fails, and its error says so.
///
/// ```
/// use std::time::Duration;
/// use runnable_core::{combinators::RetryPolicy, prelude::*};
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

    /// Sets the number of attempts, the first one included. 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the wait after the first attempt. It doubles after each further one.
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.initial(wait);
        self
    }

    /// Sets the longest wait, without jitter, unless a service asks for a longer one.
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.max(wait);
        self
    }

    /// Sets by how much a wait is longer at random, at most.
    pub fn jitter(mut self, wait: Duration) -> Self {
        self.backoff = self.backoff.longer_by(wait);
        self
    }

    /// Sets the longest wait that a service may ask for, by
    /// [`Error::retry_after`]. The default is 60 s. If it asks for more, the step fails at once, and the
    /// error says so.
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

    /// Retries at once.
    pub fn without_backoff(self) -> Self {
        self.initial_backoff(Duration::ZERO).jitter(Duration::ZERO)
    }

    /// Sets after which errors to retry, in place of the transient ones. After an error of kind
    /// [`Cancelled`](ErrorKind::Cancelled), the step is never retried.
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }

    /// Whether the policy is for this error, however many attempts it allows.
    pub(crate) fn acts_on(&self, error: &Error) -> bool {
        error.kind() != ErrorKind::Cancelled && (self.when)(error)
    }

    /// How long to wait after the failed `attempt`, counted from 1.
    ///
    /// # Errors
    ///
    /// The error to give up with.
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

/// A step that is run again when it fails. Made by
/// [`RunnableExt::with_retry`](crate::RunnableExt::with_retry).
///
/// Streaming, it tries again until the first chunk that [has content](crate::Chunk::has_content): what
/// the caller has seen is not taken back. Chunks before that are held back until it comes. Its run
/// holds a run for every attempt, the second and later ones tagged `retry:attempt:2`, …, and before
/// each of those it has an event of kind [`Retry`](crate::RunEventData::Retry).
///
/// Attempts are counted in one place: the transport of a remote model inside it makes one request for
/// each attempt, and does not retry the errors that this step acts on, unless it was given a policy of
/// its own. Retries inside each other multiply.
#[derive(Clone)]
#[must_use = "a chain does nothing until it is run"]
pub struct Retry<R> {
    step: R,
    policy: RetryPolicy,
    /// The policy, as the runs inside find it.
    around: Arc<RetriesAround>,
}

impl<R> Retry<R> {
    pub(crate) fn new(step: R, policy: RetryPolicy) -> Self {
        let around = Arc::new(RetriesAround::of(policy.clone()));
        Self { step, policy, around }
    }
}

/// The attempts of one run.
struct Attempts<'a> {
    policy: &'a RetryPolicy,
    cx: &'a RunContext,
    /// The number of the present attempt.
    number: u32,
    /// How many attempts failed, with those of retries inside.
    failed: u32,
}

impl<'a> Attempts<'a> {
    fn new(policy: &'a RetryPolicy, cx: &'a RunContext) -> Self {
        Self { policy, cx, number: 1, failed: 0 }
    }

    /// Where the present attempt is called.
    fn scope(&self) -> Scope<'a> {
        let place = match self.number {
            1 => ChildPosition::Untagged,
            number => ChildPosition::Tag(format!("retry:attempt:{number}").into()),
        };
        self.cx.child(place).attempt(self.number)
    }

    /// Waits before the next attempt, unless the error is to be given up with.
    async fn wait(&mut self, error: Error) -> Result<()> {
        self.failed = self.failed.saturating_add(error.attempts());
        let waits = self.policy.wait(self.number, error);
        let (wait, error) = waits.map_err(|error| error.with_attempts(self.failed))?;
        self.cx.emit_retry(self.number, wait, &error);
        // Waiting for nothing needs no clock, so it works outside of a runtime too.
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
            // Erased, since what is awaited here is any step.
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

    /// Needs the whole input, to have it again for the next attempt.
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
