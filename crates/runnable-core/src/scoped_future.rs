//! An invoked run that is watched.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    ChunkStream, Chunked, Error, Payload, Result, RunContext, Runnable,
    caught::{Unwinding, message},
    guard::RunGuard,
    lease::Held,
    scoped_stream::{Input, ScopedStream},
};

/// Drives the future of a step, and ends its run when the future ends or is dropped.
pub(crate) struct ScopedFuture<'a, O: Chunked> {
    // Dropped before the guard: what runs inside the run ends before it.
    future: Option<BoxFuture<'a, Result<O>>>,
    /// What the run has of the call's budget, if there is one.
    held: Option<Held>,
    guard: RunGuard<O>,
    depth: u16,
}

impl<'a, O: Chunked> ScopedFuture<'a, O> {
    /// Runs a step on its whole input, when it may begin.
    pub(crate) async fn run<R: Runnable<Output = O>>(
        step: &'a R,
        input: R::Input,
        cx: RunContext,
        guard: RunGuard<O>,
        depth: u16,
    ) -> Result<O> {
        if guard.live.wanted.chunks && step.info().streams_when_watched {
            let (step, input) = (step.clone(), Input::Whole(input));
            let stream = ScopedStream::new(step, input, cx, Some(guard), depth, None);
            return ChunkStream::new(stream).concat().await;
        }
        let (cx, held) = Held::begin(cx).await;
        guard.live.start(Some(Payload::new(&input)));
        let future = Some(step.run(input, cx).boxed());
        ScopedFuture { future, held, guard, depth }.await
    }
}

impl<O: Chunked> Future for ScopedFuture<'_, O> {
    type Output = Result<O>;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        ready!(this.guard.live.poll_ready(cx));
        let future = this.future.as_mut().expect("a future is not polled after it was ready");
        this.guard.polling = true;
        let (live, depth) = (Arc::clone(&this.guard.live), this.depth);
        let run = &live.run;
        let leave = |error: Error| error.leave(depth, || run.part(), Some(run.id));
        let unwinding = Unwinding::from(&leave);
        let poll = || match &this.held {
            Some(Held { lease }) => lease.poll(cx, |cx| future.as_mut().poll(cx)),
            None => future.as_mut().poll(cx),
        };
        let poll = catch_unwind(AssertUnwindSafe(|| live.span.in_scope(poll)));
        let poll = poll.unwrap_or_else(|panic| {
            this.guard.panic = Some(message(&*panic));
            resume_unwind(panic)
        });
        unwinding.over();
        let result = poll.map_err(leave);
        this.guard.polling = false;
        let result = ready!(result);
        this.future = None;
        this.held = None;
        match &result {
            Ok(output) => this.guard.end(output),
            Err(error) => this.guard.fail(error),
        }
        Poll::Ready(result)
    }
}

impl<O: Chunked> Unpin for ScopedFuture<'_, O> {}
