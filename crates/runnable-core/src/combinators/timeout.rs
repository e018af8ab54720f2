//! A step that must not take too long.

use std::time::Duration;

use futures_util::FutureExt;

use crate::{
    ChunkStream, Error, Result, RunContext, Runnable, StepInfo, Structure, TimeoutPhase,
    calls::{Bounds, Passed},
    links::Links,
    node::bounded_node,
    scope::{chunks_of_layer, layer_apart},
    segment,
};

/// A step with time limits. Made by [`RunnableExt::with_timeout`](crate::RunnableExt::with_timeout) and
/// [`RunnableExt::with_timeouts`](crate::RunnableExt::with_timeouts).
///
/// It is no run of its own. An error of kind [`Timeout`](crate::ErrorKind::Timeout) says
/// [which limit](Error::timeout_phase) it was; what had come of the output is in the run's events.
///
/// A limit measures the work, and not its reader. Its clock stops when the step has yielded a chunk or
/// has been woken, and goes on when it is polled again: what is ready when you ask for it does not
/// time out, however late you ask. A chunk that passes the limit of the whole step is yielded still,
/// and the error follows it.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Timeout<R> {
    step: R,
    limits: Timeouts,
}

/// How long a step may take. Given to [`RunnableExt::with_timeouts`](crate::RunnableExt::with_timeouts).
///
/// ```
/// use std::time::Duration;
/// use runnable_core::combinators::Timeouts;
///
/// let limits = Timeouts::new()
///     .total(Duration::from_secs(60))
///     .first_chunk(Duration::from_secs(10))
///     .idle(Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Timeouts {
    pub(crate) total: Option<Duration>,
    first_chunk: Option<Duration>,
    idle: Option<Duration>,
}

impl Timeouts {
    /// No limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the step may take in all.
    pub fn total(mut self, limit: Duration) -> Self {
        self.total = Some(limit);
        self
    }

    /// How long a stream may take to its first chunk that [has content](crate::Chunk::has_content).
    /// An invoked step has no chunks.
    pub fn first_chunk(mut self, limit: Duration) -> Self {
        self.first_chunk = Some(limit);
        self
    }

    /// How long a stream may be silent between two chunks. An invoked step has no chunks.
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = Some(limit);
        self
    }

    /// Both of these limits.
    pub(crate) fn and(self, other: Self) -> Self {
        let shorter = |one: Option<Duration>, other| one.into_iter().chain(other).min();
        Self {
            total: shorter(self.total, other.total),
            first_chunk: shorter(self.first_chunk, other.first_chunk),
            idle: shorter(self.idle, other.idle),
        }
    }

    /// What is left of them without chunks.
    pub(crate) fn for_whole(self) -> Self {
        Self { total: self.total, ..Self::new() }
    }

    pub(crate) fn is_none(&self) -> bool {
        [self.total, self.first_chunk, self.idle].iter().all(Option::is_none)
    }

    /// The limit that comes first, and after how much work, of a stream that waits for a chunk.
    /// `given` is the work up to its last chunk; `None` before the first chunk with content.
    pub(crate) fn next(
        &self,
        given: Option<Duration>,
    ) -> Option<(Duration, Duration, TimeoutPhase)> {
        let whole = self.total.map(|limit| (limit, limit, TimeoutPhase::Step));
        let chunk = match given {
            None => self.first_chunk.map(|limit| (limit, limit, TimeoutPhase::FirstChunk)),
            Some(given) => {
                self.idle.map(|limit| (given.saturating_add(limit), limit, TimeoutPhase::Idle))
            }
        };
        [whole, chunk].into_iter().flatten().min_by_key(|(end, ..)| *end)
    }
}

impl<R> Timeout<R> {
    pub(crate) fn new(step: R, limits: Timeouts) -> Self {
        Self { step, limits }
    }
}

impl<R: Runnable> Timeout<R> {
    fn bounds(&self) -> Bounds {
        Bounds { limits: self.limits, ..Bounds::default() }
    }

    /// The error of a limit, which arose in the step: if the step is not a run of its own, nothing else
    /// would say so.
    fn passed(&self, passed: Passed, depth: u16) -> Error {
        let error = passed.by_step();
        match self.step.steps() {
            0 => error.leave(depth, || self.step.info().called(None), None),
            _ => error,
        }
    }

    /// Watches over the chunks of a stream.
    fn limited(
        &self,
        cx: RunContext,
        call: impl FnOnce(&R, RunContext) -> ChunkStream<R::Output> + Send + 'static,
    ) -> ChunkStream<R::Output> {
        let (this, depth) = (self.clone(), cx.depth());
        let bounds = self.bounds();
        // Otherwise the run around has the limits inside of it.
        let is_outside = bounds.any().is_some() && self.steps() == 0;
        bounded_node(&cx, is_outside, |cx| {
            let chunks = chunks_of_layer(&self.step, cx.in_layer(), call);
            Bounds::stream(bounds.any(), chunks, move |passed| this.passed(passed, depth))
        })
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for Timeout<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let depth = cx.depth();
        let passed = |passed| self.passed(passed, depth);
        let cx = cx.in_layer();
        let call = match segment::begins(cx.layers()) {
            true => layer_apart(&self.step, input, cx).left_future(),
            false => self.step.run(input, cx).right_future(),
        };
        Bounds::future(self.bounds().any(), call, passed).await
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        self.limited(cx, |step, cx| step.run_stream(input, cx))
    }

    fn run_transform(
        &self,
        input: ChunkStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        self.limited(cx, |step, cx| step.run_transform(input, cx))
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
