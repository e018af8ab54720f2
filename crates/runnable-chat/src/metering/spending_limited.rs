//! [`SpendingLimited`]: a step with a spending limit.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use futures_core::Stream;
use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture, Either},
};
use runnable_core::{
    ChildPosition, ChunkStream, Chunked, InputStream, Links, Result, RunConfig, RunContext,
    Runnable, RunnableExt, Runs, StepInfo, Structure, combinators::WithConfig,
};

use super::{
    spending_guard::{OpenGuard, SpendingGuard},
    spending_limit::SpendingLimit,
};

/// A step with a limit for the tokens or the cost of its models.
///
/// Created by
/// [`SpendingLimitExt::with_spending_limit`](super::SpendingLimitExt::with_spending_limit). It does
/// not have its own run.
///
/// When the limit is reached, no model of the step is polled any more. As soon as the step has to
/// wait, everything that still runs in the step is dropped, and the call fails. If the step
/// completes without a wait, for example because a parser only converts the last answer, the call
/// returns its output. The next call then fails before it starts.
///
/// Runs that a step has moved into its own tasks are counted, but not stopped.
///
/// # Errors
///
/// Returns [`ErrorKind::SpendingLimit`](runnable_core::ErrorKind::SpendingLimit) if the limit is
/// reached. [`SpendingLimitReached`](super::SpendingLimitReached) is the source of the error.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct SpendingLimited<R> {
    step: R,
    limit: SpendingLimit,
}

impl<R: Runnable> SpendingLimited<R> {
    pub(super) fn new(step: R, limit: SpendingLimit) -> Self {
        Self { step, limit }
    }

    /// Returns the guard of a call, and the step with this guard as a listener.
    fn guarded(&self) -> (OpenGuard, WithConfig<R>) {
        let guard = SpendingGuard::new(self.limit.for_call());
        let config = RunConfig::new().listener(Arc::clone(&guard));
        (OpenGuard(guard), self.step.clone().with_config(config))
    }

    fn stream_in(
        &self,
        cx: &RunContext,
        call: impl FnOnce(&WithConfig<R>, &RunContext) -> ChunkStream<R::Output>,
    ) -> ChunkStream<R::Output> {
        let (guard, step) = self.guarded();
        let reached = guard.0.reached().boxed();
        let chunks = Some(call(&step, cx));
        ChunkStream::new(LimitedChunks { chunks, reached, has_begun: false, guard })
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for SpendingLimited<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let (guard, step) = self.guarded();
        if let Some(error) = guard.0.error() {
            return Err(error);
        }
        let call = cx.child(ChildPosition::Untagged).invoke(&step, input).boxed();
        // The call is polled first, so that its output is returned if it is complete.
        match future::select(call, guard.0.reached().boxed()).await {
            Either::Left((result, _)) => result,
            Either::Right(((), call)) => match guard.0.error() {
                Some(error) => {
                    drop(call);
                    Err(error)
                }
                None => call.await,
            },
        }
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        self.stream_in(&cx, |step, cx| cx.child(ChildPosition::Untagged).stream(step, input))
    }

    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        self.stream_in(&cx, |step, cx| {
            cx.child(ChildPosition::Untagged).transform(step, input.into_chunks())
        })
    }

    fn info(&self) -> StepInfo {
        self.step.info()
    }

    fn structure(&self) -> Structure {
        self.step.structure()
    }

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

/// The chunks of a limited step.
struct LimitedChunks<T: Chunked> {
    // This field is declared before `guard`, so that the runs end before the guard ends.
    /// The chunks. `None` after the stream has ended.
    chunks: Option<ChunkStream<T>>,
    /// Completes when the limit is reached.
    reached: BoxFuture<'static, ()>,
    /// Whether the stream was polled.
    has_begun: bool,
    guard: OpenGuard,
}

impl<T: Chunked> Stream for LimitedChunks<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { chunks, reached, has_begun, guard } = &mut *self;
        let Some(running) = chunks else {
            return Poll::Ready(None);
        };
        let was_polled = std::mem::replace(has_begun, true);
        let is_reached = !was_polled && guard.0.error().is_some();
        if !is_reached {
            // The chunks are polled first, so that they are complete if no model is needed.
            if let Poll::Ready(item) = running.poll_next_unpin(cx) {
                if item.is_none() {
                    *chunks = None;
                }
                return Poll::Ready(item);
            }
            if reached.poll_unpin(cx).is_pending() {
                return Poll::Pending;
            }
        }
        *chunks = None;
        Poll::Ready(guard.0.error().map(Err))
    }
}

/// The chunks and the future of the limit are in boxes, so no field is pinned.
impl<T: Chunked> Unpin for LimitedChunks<T> {}
