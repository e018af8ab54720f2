//! Runs of streamed steps, with and without listeners.

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
    CancelCause, ChunkStream, Chunked, Error, InputStream, Payload, Result, RunContext, Runnable,
    concurrency::lease::{Held, Lease},
    observe::{live_run::LiveRun, opening::Opening},
    poll::{cancelling::cancelling, pace, stopwatch::Hold},
};

/// The input of a step that is streamed: a complete value or a stream of chunks.
pub(crate) enum Input<R: Runnable> {
    Complete(R::Input),
    Chunks(ChunkStream<R::Input>),
}

/// Polls the stream of a step, sends its chunks to the listeners, and ends its run.
///
/// The run ends when the stream ends, fails or is dropped. The step is called on the first poll,
/// after it has acquired a permit if it needs one.
pub(crate) struct StreamedRun<R: Runnable> {
    // This field is declared before `guard`, so that the runs inside this run end before this run.
    work: Work<R>,
    /// Ends the run. `None` if the run is not observed.
    guard: Option<RunGuard<R::Output>>,
    depth: u16,
    opening: Option<Arc<Opening>>,
    /// Whether the step has yielded a chunk.
    begun: bool,
    /// The number of chunks that the stream has yielded since it was last pending.
    ready: u16,
}

/// The step of a streamed run, and its state.
struct Work<R: Runnable> {
    state: State<R>,
    /// The lease of the run. `None` if the call has no concurrency limit.
    held: Option<Held>,
    step: R,
    /// Stops the clocks of time limits while a listener holds the run before the step is called.
    hold: Hold,
}

type OutputChunk<R> = <<R as Runnable>::Output as Chunked>::Chunk;

type Item<R> = Option<Result<OutputChunk<R>>>;

enum State<R: Runnable> {
    Waiting(Input<R>, RunContext),
    Running(ChunkStream<R::Output>),
    /// The step is running under a concurrency limit.
    Limited(ChunkStream<R::Output>),
    /// The step is running, and one item was polled in advance. The item is boxed, because few
    /// streams use this state.
    Ahead(Box<Result<OutputChunk<R>>>, ChunkStream<R::Output>),
    Ended,
}

impl<R: Runnable> Work<R> {
    /// Polls the step, if it has a permit or needs none.
    fn poll(&mut self, live: Option<&Arc<LiveRun>>, cx: &mut task::Context<'_>) -> Poll<Item<R>> {
        let Self { state, held, step, hold } = self;
        match held {
            None => state.poll(step, None, live, hold, cx),
            Some(Held { lease }) => {
                let watched = live.map(|live| &**live);
                lease.poll(cx, watched, |cx| state.poll(step, Some(lease), live, hold, cx))
            }
        }
    }

    /// Stores an item that was polled in advance.
    fn keep(&mut self, next: Result<OutputChunk<R>>) {
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Running(chunks) | State::Limited(chunks) => State::Ahead(Box::new(next), chunks),
            state => state,
        };
    }

    /// Drops the stream of the step, and then the lease of the run.
    fn close(&mut self) {
        self.state = State::Ended;
        self.held = None;
        self.hold = Hold::default();
    }
}

impl<R: Runnable> State<R> {
    fn poll(
        &mut self,
        step: &R,
        lease: Option<&Arc<Lease>>,
        live: Option<&Arc<LiveRun>>,
        hold: &mut Hold,
        cx: &mut task::Context<'_>,
    ) -> Poll<Item<R>> {
        if let Self::Running(chunks) | Self::Limited(chunks) = self {
            return chunks.poll_next_unpin(cx);
        }
        if let (Self::Waiting(input, _), Some(live)) = (&*self, live) {
            // A listener can hold the run after its start event, before the step is called.
            ready!(input.poll_start(live, hold, cx));
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
    /// Starts the run if the input is complete, and waits until the listeners let the run continue.
    /// If the input is not complete, the [`InputStream`] starts the run.
    fn poll_start(&self, live: &LiveRun, hold: &mut Hold, cx: &mut task::Context<'_>) -> Poll<()> {
        match self {
            Self::Complete(input) => {
                live.start(Some(Payload::new(input)));
                live.poll_ready(cx, hold)
            }
            Self::Chunks(_) => Poll::Ready(()),
        }
    }

    /// Calls the step. If the input is complete, the run has started.
    fn call(
        self,
        step: &R,
        cx: RunContext,
        lease: Option<&Arc<Lease>>,
        live: Option<&Arc<LiveRun>>,
    ) -> ChunkStream<R::Output> {
        match self {
            Self::Complete(input) => step.run_stream(input, cx),
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
        // A run needs no permit before its input is complete.
        let (cx, held) = cx.holding(matches!(input, Input::Complete(_)));
        let work = Work { state: State::Waiting(input, cx), held, step, hold: Hold::default() };
        Self { work, guard, depth, opening, begun: false, ready: 0 }
    }

    /// Polls the stream in one of the less frequent cases: it has not started, it is observed, it
    /// has a concurrency limit, or it must let other tasks run.
    ///
    /// This function is not inlined, so that the code that passes on the chunks of all other
    /// streams stays small.
    #[inline(never)]
    fn poll_slowly(&mut self, cx: &mut task::Context<'_>) -> Poll<Item<R>> {
        // Let other tasks run after many chunks in a row. Otherwise a step that drops all chunks
        // could keep this task busy until its source ends.
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
                ready!(guard.poll_ready(cx));
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
                // The run needs no permit until it is polled for the next chunk.
                if let Some(held) = &self.work.held {
                    held.lease.rest();
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => self.finish(Some(error)),
            None => self.finish(None),
        }
    }

    /// Sends a chunk to the listeners.
    ///
    /// If a run has no chunk events, the run ends before its last chunk is passed on. Otherwise,
    /// the chunks that its parent creates from the last chunk would be reported before the end of
    /// the run.
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

    /// Ends the run, and returns the last item of the stream.
    ///
    /// If the step yielded no chunk and its type has no empty value, the run fails with the same
    /// error as an invoked run.
    #[cold]
    fn finish(&mut self, error: Option<Error>) -> Poll<Item<R>> {
        let error = match error {
            None if !self.begun => R::Output::from_no_chunks().err(),
            error => error,
        };
        // An error of another run, such as a run inside this run, also ends the runs that are still
        // open in this run. An error of this run itself ends only its input in this way.
        let is_of_other_run = error.as_ref().is_some_and(Error::is_of_run);
        let error = error.map(|error| self.leave(error));
        if let (Some(guard), Some(_)) = (&self.guard, &error) {
            guard.live.begin_to_fail();
        }
        if is_of_other_run {
            cancelling(CancelCause::SiblingFailed, || self.work.close());
        } else {
            self.work.close();
        }
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
