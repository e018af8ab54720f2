//! [`Timeout`]: a step with time limits.

use futures_util::FutureExt;

use crate::{
    ChunkStream, Error, InputStream, Result, RunContext, Runnable, Runs, StepInfo, Structure,
    policy::{
        Timeouts,
        bounds::{Bounds, Passed},
    },
    poll::segment,
    protocol::links::Links,
    scope::{
        bounded_node::bounded_node,
        layer::{chunks_of_layer, layer_apart},
    },
};

/// A step with time limits.
///
/// Created by [`RunnableExt::with_timeout`](crate::RunnableExt::with_timeout) and
/// [`RunnableExt::with_timeouts`](crate::RunnableExt::with_timeouts). It does not have its own run.
///
/// An error of kind [`Timeout`](crate::ErrorKind::Timeout) contains [which
/// limit](Error::timeout_phase) was exceeded. The events of the run contain the output until then.
///
/// # What the time includes
///
/// A limit measures the time during which the step works. It does not measure the time until the
/// caller polls the step again. Therefore the clock stops when the step yields a chunk or wakes its
/// task, because the step then waits for the caller. The clock continues at the next poll. The clock
/// also stops while a [listener](crate::Listener::poll_ready) holds a run inside the step. A
/// result that is ready when you ask for it does not time out, however late you ask. A chunk that
/// arrives after the total limit is still yielded, and the error follows it.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Timeout<R> {
    step: R,
    limits: Timeouts,
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

    /// Returns the error for a limit that was exceeded.
    ///
    /// If the wrapped step does not have its own run, no scope adds the name of the step to the
    /// path of the error, so this function adds it.
    fn passed(&self, passed: Passed, depth: u16) -> Error {
        let error = passed.by_step();
        match self.step.runs() {
            Runs::Transparent => error.leave(depth, || self.step.info().called(None), None),
            _ => error,
        }
    }

    /// Returns a stream of the same chunks that ends early if a limit is exceeded.
    fn limited(
        &self,
        cx: RunContext,
        call: impl FnOnce(&R, RunContext) -> ChunkStream<R::Output> + Send + 'static,
    ) -> ChunkStream<R::Output> {
        let (this, depth) = (self.clone(), cx.depth());
        let bounds = self.bounds();
        // If the wrapped step has a run, the limits are already part of the node of that run, so do
        // not apply them twice.
        let is_outside = bounds.any().is_some() && self.runs() == Runs::Transparent;
        bounded_node(&cx, is_outside, |cx| {
            let (cx, clock) = cx.in_layer().timed(bounds.any());
            let chunks = chunks_of_layer(&self.step, cx, call);
            Bounds::stream(bounds.any(), clock, chunks, move |passed| this.passed(passed, depth))
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
        let bounds = self.bounds();
        let (cx, clock) = cx.in_layer().timed(bounds.any());
        let call = if segment::begins(cx.layers()) {
            layer_apart(&self.step, input, cx).left_future()
        } else {
            self.step.run(input, cx).right_future()
        };
        Bounds::future(bounds.any(), clock, call, passed).await
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        self.limited(cx, |step, cx| step.run_stream(input, cx))
    }

    fn run_transform(
        &self,
        input: InputStream<R::Input>,
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

    /// Returns the runs of the wrapped step. A sequence is an exception: inside this wrapper, it is
    /// one step with its own run.
    fn runs(&self) -> Runs {
        match self.step.runs() {
            Runs::Transparent => Runs::Transparent,
            Runs::Own | Runs::Flat(_) => Runs::Own,
        }
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
