//! A streamed run, watched or not.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::{
    ChunkStream, Chunked, Error, Payload, Result, RunContext, Runnable, caught::message,
    guard::RunGuard, input_tap::InputTap, lease::Held, live_run::LiveRun, opened::Opening, pace,
};

/// The input of a step that streams.
pub(crate) enum Input<R: Runnable> {
    Whole(R::Input),
    Chunks(ChunkStream<R::Input>),
}

/// Drives the stream of a step, tells listeners what comes out of it, and ends its run when it
/// ends, fails or is dropped. The step itself is called when it is polled and may begin.
pub(crate) struct ScopedStream<R: Runnable> {
    // Dropped before the guard: what runs inside the run ends before it.
    state: State<R>,
    /// What the run has of the call's budget, if there is one.
    held: Option<Held>,
    guard: Option<RunGuard<R::Output>>,
    step: R,
    depth: u16,
    opening: Option<Arc<Opening>>,
    /// Whether a chunk has come.
    begun: bool,
    /// The number of chunks that were ready since the stream was last pending.
    ready: u16,
}

type OutputChunk<R> = <<R as Runnable>::Output as Chunked>::Chunk;

enum State<R: Runnable> {
    Waiting(Input<R>, RunContext),
    Running(ChunkStream<R::Output>),
    /// The same under a limit.
    Limited(ChunkStream<R::Output>),
    /// The next item has come already. Boxed, because most streams are never here.
    Ahead(Box<Result<OutputChunk<R>>>, ChunkStream<R::Output>),
    Ended,
}

impl<R: Runnable> ScopedStream<R> {
    pub(crate) fn new(
        step: R,
        input: Input<R>,
        cx: RunContext,
        guard: Option<RunGuard<R::Output>>,
        depth: u16,
        opening: Option<Arc<Opening>>,
    ) -> Self {
        // A run whose input is still growing needs no permit until that is whole.
        let (cx, held) = Held::open(cx, matches!(input, Input::Whole(_)));
        let state = State::Waiting(input, cx);
        Self { state, held, guard, step, depth, opening, begun: false, ready: 0 }
    }

    /// Polls the step, if it may go on.
    fn poll_step(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Result<OutputChunk<R>>>> {
        let Some(lease) = self.held.as_ref().map(|held| Arc::clone(&held.lease)) else {
            return self.poll_chunks(cx);
        };
        lease.poll(cx, |cx| self.poll_chunks(cx))
    }

    fn poll_chunks(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Result<OutputChunk<R>>>> {
        if let State::Running(chunks) | State::Limited(chunks) = &mut self.state {
            return chunks.poll_next_unpin(cx);
        }
        let (input, context) = match mem::replace(&mut self.state, State::Ended) {
            State::Waiting(input, context) => (input, context),
            State::Ahead(next, chunks) => {
                self.state = self.running(chunks);
                return Poll::Ready(Some(*next));
            }
            State::Running(_) | State::Limited(_) | State::Ended => return Poll::Ready(None),
        };
        let mut chunks = self.call(input, context);
        let poll = chunks.poll_next_unpin(cx);
        self.state = self.running(chunks);
        poll
    }

    fn running(&self, chunks: ChunkStream<R::Output>) -> State<R> {
        match self.held {
            Some(_) => State::Limited(chunks),
            None => State::Running(chunks),
        }
    }

    fn call(&self, input: Input<R>, cx: RunContext) -> ChunkStream<R::Output> {
        match (input, &self.guard) {
            (Input::Whole(input), Some(guard)) => {
                guard.live.start(Some(Payload::new(&input)));
                self.step.run_stream(input, cx)
            }
            (Input::Chunks(input), Some(guard)) => {
                let tapped = InputTap::new(input, guard.live.clone());
                self.step.run_transform(ChunkStream::new(tapped), cx)
            }
            (Input::Whole(input), None) => self.step.run_stream(input, cx),
            (Input::Chunks(input), None) => self.step.run_transform(input, cx),
        }
    }

    /// Polls the step of a run that is watched.
    fn poll_watched(
        &mut self,
        cx: &mut task::Context<'_>,
        live: &LiveRun,
    ) -> Poll<Option<Result<OutputChunk<R>>>> {
        self.set_polling(true);
        let this = &mut *self;
        let poll = catch_unwind(AssertUnwindSafe(|| live.span.in_scope(|| this.poll_step(cx))));
        let poll = poll.unwrap_or_else(|panic| {
            if let Some(guard) = &mut self.guard {
                guard.panic = Some(message(&*panic));
            }
            resume_unwind(panic)
        });
        self.set_polling(false);
        poll
    }

    fn set_polling(&mut self, polling: bool) {
        if let Some(guard) = &mut self.guard {
            guard.polling = polling;
        }
    }

    /// Tells the listeners of a chunk. A run without chunk events ends before its last chunk is
    /// passed on, otherwise the chunks that it causes around it would come before its end.
    fn watch(&mut self, chunk: &OutputChunk<R>, cx: &mut task::Context<'_>) {
        let Some(guard) = &mut self.guard else { return };
        if guard.live.chunk_events {
            return guard.chunk(chunk);
        }
        let live = guard.live.clone();
        match self.poll_watched(cx, &live) {
            Poll::Ready(None) => {
                self.close();
                if let Some(guard) = &mut self.guard {
                    guard.end_stream_with(chunk);
                }
            }
            poll => {
                if let Some(guard) = &mut self.guard {
                    guard.chunk(chunk);
                }
                if let Poll::Ready(Some(next)) = poll {
                    self.state = match mem::replace(&mut self.state, State::Ended) {
                        State::Running(chunks) | State::Limited(chunks) => {
                            State::Ahead(Box::new(next), chunks)
                        }
                        state => state,
                    };
                }
            }
        }
    }

    fn leave(&self, error: Error) -> Error {
        let run = self.guard.as_ref().map(|guard| &guard.live.run);
        let name = || match run {
            Some(run) => run.part(),
            None => {
                let name = self.opening.as_ref().and_then(|opening| opening.name.clone());
                self.step.info().called(name)
            }
        };
        error.leave(self.depth, name, run.map(|run| run.id))
    }

    /// Drops what runs inside the run, and what the run has of the budget.
    fn close(&mut self) {
        self.state = State::Ended;
        self.held = None;
    }

    /// Ends the run of a stream that gave its last item.
    fn end(&mut self, error: Option<&Error>) {
        self.close();
        match (&mut self.guard, error) {
            (Some(guard), None) => guard.end_stream(),
            (Some(guard), Some(error)) => guard.fail(error),
            (None, _) => (),
        }
    }
}

impl<R: Runnable> ScopedStream<R> {
    /// Polls a stream that has not begun, is watched or limited, or has been ready for long. Kept out
    /// of the code that passes the chunks of all other streams on.
    #[inline(never)]
    fn poll_slowly(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Result<OutputChunk<R>>>> {
        // Other tasks run, too, where no chunk is waited for: also if the step after this one swallows
        // them, and nothing but its source can stop it.
        if self.ready == pace::READY {
            self.ready = 0;
            if pace::give_turn(cx) {
                return Poll::Pending;
            }
        }
        let panicked = self.guard.as_ref().is_some_and(|guard| guard.polling);
        if panicked || matches!(self.state, State::Ended) {
            return Poll::Ready(None);
        }
        let poll = match &mut self.guard {
            None => self.poll_step(cx),
            Some(guard) => {
                ready!(guard.live.poll_ready(cx));
                let live = guard.live.clone();
                self.poll_watched(cx, &live)
            }
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
                if let Some(held) = &self.held {
                    held.lease.rest();
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => self.finish(Some(error)),
            None => self.finish(None),
        }
    }

    /// Ends the run, and returns its last item. Without a chunk, and without an empty value, it fails
    /// as it does when it is invoked.
    #[cold]
    fn finish(&mut self, error: Option<Error>) -> Poll<Option<Result<OutputChunk<R>>>> {
        let error = match error {
            None if !self.begun => R::Output::from_no_chunks().err(),
            error => error,
        };
        let error = error.map(|error| self.leave(error));
        self.end(error.as_ref());
        Poll::Ready(error.map(Err))
    }
}

impl<R: Runnable> Stream for ScopedStream<R> {
    type Item = Result<OutputChunk<R>>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let is_plain = this.guard.is_none() && this.ready < pace::READY;
        let (true, State::Running(chunks)) = (is_plain, &mut this.state) else {
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

impl<R: Runnable> Unpin for ScopedStream<R> {}
