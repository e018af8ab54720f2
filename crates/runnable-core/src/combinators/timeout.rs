//! A step that must not take too long.

use std::time::Duration;

use futures_util::stream;
use tokio::time::{self, Instant};

use crate::{
    Chunk, ChunkStream, Chunked, Context, Error, Result, Runnable, StepInfo, Structure,
    TimeoutPhase, links::Links,
};

/// A step with time limits. Made by [`RunnableExt::timeout`](crate::RunnableExt::timeout) and
/// [`RunnableExt::limits`](crate::RunnableExt::limits).
///
/// It is no run of its own. An error of kind [`Timeout`](crate::ErrorKind::Timeout) says
/// [which limit](Error::timeout_phase) it was; what had come of the output is in the run's events.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Timeout<R> {
    step: R,
    limits: Limits,
}

/// How long a step may take. Given to [`RunnableExt::limits`](crate::RunnableExt::limits).
///
/// ```
/// use std::time::Duration;
/// use runnable_core::combinators::Limits;
///
/// let limits = Limits::new()
///     .whole(Duration::from_secs(60))
///     .first_chunk(Duration::from_secs(10))
///     .silence(Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Limits {
    whole: Option<Duration>,
    first_chunk: Option<Duration>,
    silence: Option<Duration>,
}

impl Limits {
    /// No limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the step may take in all.
    pub fn whole(mut self, limit: Duration) -> Self {
        self.whole = Some(limit);
        self
    }

    /// How long a stream may take to its first chunk that [has content](crate::Chunk::has_content).
    /// An invoked step has no chunks.
    pub fn first_chunk(mut self, limit: Duration) -> Self {
        self.first_chunk = Some(limit);
        self
    }

    /// How long a stream may be silent between two chunks. An invoked step has no chunks.
    pub fn silence(mut self, limit: Duration) -> Self {
        self.silence = Some(limit);
        self
    }

    /// The limit that comes first, of a stream that began at `start` and waits for a chunk.
    fn next(&self, start: Instant, any_chunk: bool) -> Option<(Instant, Duration, TimeoutPhase)> {
        let now = Instant::now();
        let whole = self.whole.map(|limit| (start + limit, limit, TimeoutPhase::Step));
        let chunk = match any_chunk {
            false => self.first_chunk.map(|limit| (start + limit, limit, TimeoutPhase::FirstChunk)),
            true => self.silence.map(|limit| (now + limit, limit, TimeoutPhase::Silence)),
        };
        [whole, chunk].into_iter().flatten().min_by_key(|(deadline, ..)| *deadline)
    }
}

impl<R> Timeout<R> {
    pub(crate) fn new(step: R, limits: Limits) -> Self {
        Self { step, limits }
    }
}

impl<R: Runnable> Timeout<R> {
    /// The error of a limit, which arose in the step: where that is no run of its own, nobody else
    /// would say so.
    fn passed(&self, phase: TimeoutPhase, limit: Duration, depth: u16) -> Error {
        let error = Error::timeout(phase, limit);
        match self.step.steps() {
            0 => error.leave(depth, || self.step.info().called(None), None),
            _ => error,
        }
    }

    /// Watches over the chunks of a stream.
    fn limited(&self, chunks: ChunkStream<R::Output>, depth: u16) -> ChunkStream<R::Output> {
        let (timeout, start, any_chunk) = (self.clone(), None, false);
        let limited = Limited { timeout, chunks, depth, start, any_chunk };
        ChunkStream::new(stream::try_unfold(limited, Limited::next))
    }
}

/// A stream that is watched over.
struct Limited<R: Runnable> {
    timeout: Timeout<R>,
    chunks: ChunkStream<R::Output>,
    depth: u16,
    /// When it was first polled, which is when the step began.
    start: Option<Instant>,
    /// Whether a chunk with content has come.
    any_chunk: bool,
}

impl<R: Runnable> Limited<R> {
    async fn next(mut self) -> Result<Option<(<R::Output as Chunked>::Chunk, Self)>> {
        let start = *self.start.get_or_insert_with(Instant::now);
        let chunk = match self.timeout.limits.next(start, self.any_chunk) {
            Some((deadline, limit, phase)) => time::timeout_at(deadline, self.chunks.next())
                .await
                .map_err(|_| self.timeout.passed(phase, limit, self.depth))?,
            None => self.chunks.next().await,
        };
        self.any_chunk |= matches!(&chunk, Some(Ok(chunk)) if chunk.has_content());
        Ok(chunk.transpose()?.map(|chunk| (chunk, self)))
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for Timeout<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: Context) -> Result<R::Output> {
        let depth = cx.depth();
        let output = self.step.run(input, cx);
        match self.limits.whole {
            Some(limit) => time::timeout(limit, output)
                .await
                .map_err(|_| self.passed(TimeoutPhase::Step, limit, depth))?,
            None => output.await,
        }
    }

    fn run_stream(&self, input: R::Input, cx: Context) -> ChunkStream<R::Output> {
        let depth = cx.depth();
        self.limited(self.step.run_stream(input, cx), depth)
    }

    fn run_transform(&self, input: ChunkStream<R::Input>, cx: Context) -> ChunkStream<R::Output> {
        let depth = cx.depth();
        self.limited(self.step.run_transform(input, cx), depth)
    }

    fn info(&self) -> StepInfo {
        self.step.info()
    }

    fn structure(&self) -> Structure {
        self.step.structure()
    }

    /// One run or none, as its step; but a sequence inside it is a step of its own.
    fn steps(&self) -> usize {
        self.step.steps().min(1)
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
