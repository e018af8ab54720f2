//! [`Timeout`]: a step with time limits.

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

/// A step with time limits.
///
/// Created by [`RunnableExt::with_timeout`](crate::RunnableExt::with_timeout) and
/// [`RunnableExt::with_timeouts`](crate::RunnableExt::with_timeouts). It has no run of its own.
///
/// An error of kind [`Timeout`](crate::ErrorKind::Timeout) contains [which
/// limit](Error::timeout_phase) was exceeded. The output until then is in the events of the run.
///
/// # What the time includes
///
/// A limit measures the work of the step and not the time of its reader. The clock stops when the
/// step has yielded a chunk or has been woken, and continues when the step is polled again. A
/// result that is ready when you ask for it does not time out, however late you ask. A chunk that
/// arrives after the total limit is still yielded, and the error follows it.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Timeout<R> {
    step: R,
    limits: Timeouts,
}

/// The time limits of a step: in total, until the first chunk, and between two chunks.
///
/// Pass them to [`RunnableExt::with_timeouts`](crate::RunnableExt::with_timeouts). A limit that is
/// not set does not apply.
///
/// # Examples
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
    /// Creates a value without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum duration of the step.
    pub fn total(mut self, limit: Duration) -> Self {
        self.total = Some(limit);
        self
    }

    /// Sets the maximum time until the first chunk that [has content](crate::Chunk::has_content).
    ///
    /// It has no effect on `invoke`.
    pub fn first_chunk(mut self, limit: Duration) -> Self {
        self.first_chunk = Some(limit);
        self
    }

    /// Sets the maximum time between two chunks of a stream. It has no effect on `invoke`.
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = Some(limit);
        self
    }

    /// Returns the shorter of each pair of limits.
    pub(crate) fn and(self, other: Self) -> Self {
        let shorter = |one: Option<Duration>, other| one.into_iter().chain(other).min();
        Self {
            total: shorter(self.total, other.total),
            first_chunk: shorter(self.first_chunk, other.first_chunk),
            idle: shorter(self.idle, other.idle),
        }
    }

    /// Returns the limits without those on chunks.
    pub(crate) fn for_whole(self) -> Self {
        Self { total: self.total, ..Self::new() }
    }

    pub(crate) fn is_none(&self) -> bool {
        [self.total, self.first_chunk, self.idle].iter().all(Option::is_none)
    }

    /// Returns the limit that is reached first by a stream that waits for a chunk.
    ///
    /// `given` is the working time until the last chunk; `None` before the first chunk with
    /// content. The result is the working time at which the limit is reached, the limit, and its
    /// phase.
    pub(crate) fn next(
        &self,
        given: Option<Duration>,
    ) -> Option<(Duration, Duration, TimeoutPhase)> {
        let total = self.total.map(|limit| (limit, limit, TimeoutPhase::Step));
        let chunk = match given {
            None => self.first_chunk.map(|limit| (limit, limit, TimeoutPhase::FirstChunk)),
            Some(given) => {
                self.idle.map(|limit| (given.saturating_add(limit), limit, TimeoutPhase::Idle))
            }
        };
        [total, chunk].into_iter().flatten().min_by_key(|(end, ..)| *end)
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

    /// Returns the error of an exceeded limit.
    ///
    /// If the wrapped step has no run of its own, this function adds the name of the step to the
    /// path, because no scope does.
    fn passed(&self, passed: Passed, depth: u16) -> Error {
        let error = passed.by_step();
        match self.step.steps() {
            0 => error.leave(depth, || self.step.info().called(None), None),
            _ => error,
        }
    }

    /// Applies the limits to the chunks of a stream.
    fn limited(
        &self,
        cx: RunContext,
        call: impl FnOnce(&R, RunContext) -> ChunkStream<R::Output> + Send + 'static,
    ) -> ChunkStream<R::Output> {
        let (this, depth) = (self.clone(), cx.depth());
        let bounds = self.bounds();
        // If this step has a run, the limits are inside that run already.
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

    /// Returns 0 if the wrapped step has no run, and 1 otherwise: a sequence inside is not
    /// flattened.
    fn steps(&self) -> usize {
        self.step.steps().min(1)
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
