//! A step that tries again.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;

use super::beginning::begun;
use crate::{
    ChunkStream, Context, Error, ErrorKind, Place, Result, Runnable, RunnableExt, StepInfo,
    Structure, lease::Lease, links::Links,
};

/// Which errors to try again after, how often, and after how long. Given to
/// [`RunnableExt::retry`](crate::RunnableExt::retry).
///
/// At first: three attempts in all, after [transient](Error::is_transient) errors, one second after
/// the first, twice as long after each that follows, and up to a second more at random, so that
/// callers who failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use runnable_core::{combinators::RetryPolicy, prelude::*};
///
/// let policy = RetryPolicy::new()
///     .max_attempts(5)
///     .backoff(Duration::from_millis(200))
///     .when(|error| error.kind() == ErrorKind::RateLimit);
/// ```
#[derive(Clone)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    backoff: Duration,
    max_backoff: Duration,
    jitter: Duration,
    when: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}

impl RetryPolicy {
    /// Three attempts, after transient errors.
    pub fn new() -> Self {
        Self {
            max_attempts: 3,
            backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(60),
            jitter: Duration::from_secs(1),
            when: Arc::new(Error::is_transient),
        }
    }

    /// How often to try, the first time included. 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long to wait after the first attempt; the wait doubles with every further one.
    pub fn backoff(mut self, wait: Duration) -> Self {
        self.backoff = wait;
        self
    }

    /// How long to wait at most, jitter not counted. A wait that a service asks for is not cut.
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.max_backoff = wait;
        self
    }

    /// How much longer to wait at random, at most.
    pub fn jitter(mut self, wait: Duration) -> Self {
        self.jitter = wait;
        self
    }

    /// Tries again at once.
    pub fn without_backoff(self) -> Self {
        self.backoff(Duration::ZERO).jitter(Duration::ZERO)
    }

    /// Which errors to try again after, instead of the transient ones. After one of kind
    /// [`Cancelled`](ErrorKind::Cancelled) nothing is tried again.
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }

    /// How long to wait after the failed `attempt`, counted from 1; `None` to give up.
    fn wait(&self, attempt: u32, error: &Error) -> Option<Duration> {
        let is_final = error.kind() == ErrorKind::Cancelled;
        if is_final || attempt >= self.max_attempts || !(self.when)(error) {
            return None;
        }
        let doubled = self.backoff.saturating_mul(2u32.saturating_pow(attempt - 1));
        let wait = doubled.min(self.max_backoff).max(error.retry_after().unwrap_or_default());
        Some(wait.saturating_add(self.jitter.mul_f64(random_share())))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// In [0, 1). It spreads callers in time, which a random id is good enough for.
fn random_share() -> f64 {
    (uuid::Uuid::now_v7().as_u128() as u32) as f64 / (f64::from(u32::MAX) + 1.0)
}

/// A step that is run again when it fails. Made by
/// [`RunnableExt::retry`](crate::RunnableExt::retry).
///
/// Streaming, it tries again until the first chunk that [has content](crate::Chunk::has_content): what
/// the caller has seen is not taken back. Chunks before that are held back until it comes. Its run
/// holds a run for every attempt, the second and later ones tagged `retry:attempt:2`, ….
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Retry<R> {
    step: R,
    policy: RetryPolicy,
}

impl<R> Retry<R> {
    pub(crate) fn new(step: R, policy: RetryPolicy) -> Self {
        Self { step, policy }
    }
}

/// Waiting for nothing needs no clock, so it works outside of a runtime too.
async fn pause(wait: Duration, cx: &Context) {
    if !wait.is_zero() {
        // Other runs have the permit meanwhile.
        let _aside = cx.lease().map(Lease::step_aside);
        sleep(wait).await;
    }
}

fn attempt(number: u32) -> Place {
    match number {
        1 => Place::Anywhere,
        _ => Place::Tag(format!("retry:attempt:{number}").into()),
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable<Input: Clone>> Runnable for Retry<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: Context) -> Result<R::Output> {
        let mut number = 1;
        loop {
            // Erased, since what is awaited here is any step.
            let call = cx
                .at(attempt(number))
                .attempt(number)
                .invoke_inline(&self.step, input.clone())
                .boxed();
            let error = match call.await {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            match self.policy.wait(number, &error) {
                Some(wait) => pause(wait, &cx).await,
                None => return Err(error),
            }
            number += 1;
        }
    }

    fn run_stream(&self, input: R::Input, cx: Context) -> ChunkStream<R::Output> {
        let Self { step, policy } = self.clone();
        let chunks = async move {
            let mut number = 1;
            loop {
                let chunks = cx.at(attempt(number)).attempt(number).stream(&step, input.clone());
                let failed = match begun(chunks).await {
                    Ok(chunks) => return chunks,
                    Err(failed) => failed,
                };
                match policy.wait(number, &failed.error) {
                    Some(wait) => pause(wait, &cx).await,
                    None => return failed.into_stream(),
                }
                number += 1;
            }
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Needs the whole input, to have it again for the next attempt.
    fn run_transform(&self, input: ChunkStream<R::Input>, cx: Context) -> ChunkStream<R::Output> {
        cx.gather_then(self, input)
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
            .field("max_backoff", &self.max_backoff)
            .field("jitter", &self.jitter)
            .finish_non_exhaustive()
    }
}
