//! A streamed run, watched or not.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use super::guard::RunGuard;
use crate::{
    ChunkStream, Chunked, Error, InputStream, Payload, Result, RunContext, Runnable,
    concurrency::lease::{Held, Lease},
    observe::{live_run::LiveRun, opening::Opening},
    poll::pace,
};

/// The input of a step that streams.
pub(crate) enum Input<R: Runnable> {
    Whole(R::Input),
    Chunks(ChunkStream<R::Input>),
}

/// Drives the stream of a step, tells listeners what comes out of it, and ends its run when it
/// ends, fails or is dropped. The step itself is called when it is polled and may begin.
pub(crate) struct StreamedRun<R: Runnable> {
    // Dropped before the guard: what runs inside the run ends before it.
    work: Work<R>,
    guard: Option<RunGuard<R::Output>>,
    depth: u16,
    opening: Option<Arc<Opening>>,
    /// Whether a chunk has come.
    begun: bool,
    /// The number of chunks that were ready since the stream was last pending.
    ready: u16,
}

/// The step of a streamed run.
struct Work<R: Runnable> {
    state: State<R>,
    /// What the run has of the call's budget, if there is one.
    held: Option<Held>,
    step: R,
}

type OutputChunk<R> = <<R as Runnable>::Output as Chunked>::Chunk;

type Item<R> = Option<Result<OutputChunk<R>>>;

enum State<R: Runnable> {
    Waiting(Input<R>, RunContext),
    Running(ChunkStream<R::Output>),
    /// The same under a limit.
    Limited(ChunkStream<R::Output>),
    /// The next item has come already. Boxed, because most streams are never here.
    Ahead(Box<Result<OutputChunk<R>>>, ChunkStream<R::Output>),
    Ended,
}

impl<R: Runnable> Work<R> {
    /// Polls the step, if it may go on.
    fn poll(&mut self, live: Option<&Arc<LiveRun>>, cx: &mut task::Context<'_>) -> Poll<Item<R>> {
        let Self { state, held, step } = self;
        match held {
            None => state.poll(step, None, live, cx),
            Some(Held { lease }) => lease.poll(cx, |cx| state.poll(step, Some(lease), live, cx)),
        }
    }

    /// Keeps an item that has come already.
    fn keep(&mut self, next: Result<OutputChunk<R>>) {
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Running(chunks) | State::Limited(chunks) => State::Ahead(Box::new(next), chunks),
            state => state,
        };
    }

    /// Drops what runs inside the run, and what the run has of the budget.
    fn close(&mut self) {
        self.state = State::Ended;
        self.held = None;
    }
}

impl<R: Runnable> State<R> {
    fn poll(
        &mut self,
        step: &R,
        lease: Option<&Arc<Lease>>,
        live: Option<&Arc<LiveRun>>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Item<R>> {
        if let Self::Running(chunks) | Self::Limited(chunks) = self {
            return chunks.poll_next_unpin(cx);
        }
        let (mut chunks, next) = match mem::replace(self, Self::Ended) {
            Self::Waiting(input, context) => (input.call(step, context, lease, live), None),
            Self::Ahead(next, chunks) => (chunks, Some(*next)),
            Self::Running(_) | Self::Limited(_) | Self::Ended => return Poll::Ready(None),
        };
        let poll = match next {
            Some(next) => Poll::Ready(Some(next)),
            None => chunks.poll_next_unpin(cx),
        };
        *self = match lease {
            Some(_) => Self::Limited(chunks),
            None => Self::Running(chunks),
        };
        poll
    }
}

impl<R: Runnable> Input<R> {
    /// Calls the step. A run that has its whole input starts now, another one by its input.
    fn call(
        self,
        step: &R,
        cx: RunContext,
        lease: Option<&Arc<Lease>>,
        live: Option<&Arc<LiveRun>>,
    ) -> ChunkStream<R::Output> {
        match self {
            Self::Whole(input) => {
                if let Some(live) = live {
                    live.start(Some(Payload::new(&input)));
                }
                step.run_stream(input, cx)
            }
            Self::Chunks(chunks) => {
                let input = InputStream::of_run(chunks, live.cloned(), lease.cloned());
                step.run_transform(input, cx)
            }
        }
    }
}

impl<R: Runnable> StreamedRun<R> {
    pub(crate) fn new(
        step: R,
        input: Input<R>,
        cx: RunContext,
        guard: Option<RunGuard<R::Output>>,
        depth: u16,
        opening: Option<Arc<Opening>>,
    ) -> Self {
        // A run whose input is still growing needs no permit until that is whole.
        let (cx, held) = cx.holding(matches!(input, Input::Whole(_)));
        let work = Work { state: State::Waiting(input, cx), held, step };
        Self { work, guard, depth, opening, begun: false, ready: 0 }
    }

    /// Polls a stream that has not begun, is watched or limited, or has been ready for long. Kept out
    /// of the code that passes the chunks of all other streams on.
    #[inline(never)]
    fn poll_slowly(&mut self, cx: &mut task::Context<'_>) -> Poll<Item<R>> {
        // Other tasks run, too, where no chunk is waited for: also if the step after this one swallows
        // them, and nothing but its source can stop it.
        if self.ready == pace::READY {
            self.ready = 0;
            if pace::give_turn(cx) {
                return Poll::Pending;
            }
        }
        let Self { work, guard, .. } = self;
        let poll = match guard {
            _ if matches!(work.state, State::Ended) => return Poll::Ready(None),
            Some(guard) if guard.has_panicked() => return Poll::Ready(None),
            Some(guard) => {
                ready!(guard.live.poll_ready(cx));
                guard.poll(|live| work.poll(Some(live), cx))
            }
            None => work.poll(None, cx),
        };
        let Poll::Ready(item) = poll else {
            self.ready = 0;
            return Poll::Pending;
        };
        match item {
            Some(Ok(chunk)) => {
                self.begun = true;
                self.ready += 1;
                self.watch(&chunk, cx);
                // Between its chunks it has no part in the budget.
                if let Some(held) = &self.work.held {
                    held.lease.rest();
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => self.finish(Some(error)),
            None => self.finish(None),
        }
    }

    /// Tells the listeners of a chunk. A run without chunk events ends before its last chunk is
    /// passed on, otherwise the chunks that it causes around it would come before its end.
    fn watch(&mut self, chunk: &OutputChunk<R>, cx: &mut task::Context<'_>) {
        let Self { work, guard: Some(guard), .. } = self else { return };
        if guard.live.chunk_events {
            return guard.chunk(chunk);
        }
        match guard.poll(|live| work.poll(Some(live), cx)) {
            Poll::Ready(None) => {
                work.close();
                guard.end_stream_with(chunk);
            }
            Poll::Ready(Some(next)) => {
                guard.chunk(chunk);
                work.keep(next);
            }
            Poll::Pending => guard.chunk(chunk),
        }
    }

    /// Ends the run, and returns its last item. Without a chunk, and without an empty value, it fails
    /// as it does when it is invoked.
    #[cold]
    fn finish(&mut self, error: Option<Error>) -> Poll<Item<R>> {
        let error = match error {
            None if !self.begun => R::Output::from_no_chunks().err(),
            error => error,
        };
        let error = error.map(|error| self.leave(error));
        self.work.close();
        match (&mut self.guard, &error) {
            (Some(guard), None) => guard.end_stream(),
            (Some(guard), Some(error)) => guard.fail(error),
            (None, _) => (),
        }
        Poll::Ready(error.map(Err))
    }

    fn leave(&self, error: Error) -> Error {
        let run = self.guard.as_ref().map(|guard| &guard.live.run);
        let name = || match run {
            Some(run) => run.part(),
            None => {
                let name = self.opening.as_ref().and_then(|opening| opening.name.clone());
                self.work.step.info().called(name)
            }
        };
        error.leave(self.depth, name, run.map(|run| run.id))
    }
}

impl<R: Runnable> Stream for StreamedRun<R> {
    type Item = Result<OutputChunk<R>>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let is_plain = this.guard.is_none() && this.ready < pace::READY;
        let (true, State::Running(chunks)) = (is_plain, &mut this.work.state) else {
            return this.poll_slowly(cx);
        };
        let poll = chunks.poll_next_unpin(cx);
        match &poll {
            Poll::Ready(Some(Ok(_))) => {
                this.begun = true;
                this.ready += 1;
            }
            Poll::Pending => this.ready = 0,
            Poll::Ready(_) => {
                return match poll {
                    Poll::Ready(Some(Err(error))) => this.finish(Some(error)),
                    _ => this.finish(None),
                };
            }
        }
        poll
    }
}

impl<R: Runnable> Unpin for StreamedRun<R> {}
