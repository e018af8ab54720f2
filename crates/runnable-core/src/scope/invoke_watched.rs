//! Invoked runs that are observed, which means that a listener or a `tracing` subscriber is
//! attached.

use std::{
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_util::future::{BoxFuture, FutureExt};

use super::{
    guard::RunGuard,
    stream::{Input, StreamedRun},
};
use crate::{
    ChunkStream, Chunked, Error, Payload, Result, RunContext, Runnable, concurrency::lease::Held,
    poll::caught_panic::Unwinding,
};

/// Polls the future of a step, and ends the run of the step when the future ends or is dropped.
pub(crate) struct WatchedInvoke<'a, O: Chunked> {
    // This field is declared before `guard`, so that the runs inside this run end before this run.
    future: Option<BoxFuture<'a, Result<O>>>,
    /// The lease of the run. `None` if the call has no concurrency limit.
    held: Option<Held>,
    guard: RunGuard<O>,
    depth: u16,
}

impl<'a, O: Chunked> WatchedInvoke<'a, O> {
    /// Runs a step on a complete input, after it has acquired a permit if the call has a limit.
    pub(crate) async fn run<R: Runnable<Output = O>>(
        step: &'a R,
        input: R::Input,
        cx: RunContext,
        mut guard: RunGuard<O>,
        depth: u16,
    ) -> Result<O> {
        if guard.live.wanted.chunks && step.info().streams_when_watched {
            let (step, input) = (step.clone(), Input::Complete(input));
            let stream = StreamedRun::new(step, input, cx, Some(guard), depth, None);
            return ChunkStream::new(stream).concat().await;
        }
        let (cx, held) = cx.holding(true);
        if let Some(held) = &held {
            held.lease.fill(Some(&guard.live)).await;
        }
        guard.live.start(Some(Payload::new(&input)));
        // A step may do a part of its work before it returns its future.
        let future = Some(guard.poll(|_| step.run(input, cx).boxed()));
        WatchedInvoke { future, held, guard, depth }.await
    }
}

impl<O: Chunked> Future for WatchedInvoke<'_, O> {
    type Output = Result<O>;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self { future, held, guard, depth } = self.get_mut();
        ready!(guard.poll_ready(cx));
        let running = future.as_mut().expect("a future is not polled after it was ready");
        let result = guard.poll(|live| {
            let run = &live.run;
            let leave = |error: Error| error.leave(*depth, || run.part(), Some(run.id));
            let unwinding = Unwinding::from(&leave);
            let poll = match held {
                Some(Held { lease }) => lease.poll(cx, Some(live), |cx| running.as_mut().poll(cx)),
                None => running.as_mut().poll(cx),
            };
            unwinding.over();
            poll.map_err(leave)
        });
        let result = ready!(result);
        (*future, *held) = (None, None);
        match &result {
            Ok(output) => guard.end(output),
            Err(error) => guard.fail(error),
        }
        Poll::Ready(result)
    }
}

impl<O: Chunked> Unpin for WatchedInvoke<'_, O> {}
