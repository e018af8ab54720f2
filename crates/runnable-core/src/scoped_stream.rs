//! A streamed run, watched or not.

use std::{
    borrow::Cow,
    mem,
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::{
    ChunkStream, Chunked, Context, Error, Payload, Result, Runnable, guard::RunGuard,
    input_tap::InputTap, lease::Held,
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
    name: Option<Cow<'static, str>>,
    /// Whether a chunk has come.
    begun: bool,
}

type OutputChunk<R> = <<R as Runnable>::Output as Chunked>::Chunk;

enum State<R: Runnable> {
    Waiting(Input<R>, Context),
    Running(ChunkStream<R::Output>),
    /// The same under a limit.
    Limited(ChunkStream<R::Output>),
    Ended,
}

impl<R: Runnable> ScopedStream<R> {
    pub(crate) fn new(
        step: R,
        input: Input<R>,
        cx: Context,
        guard: Option<RunGuard<R::Output>>,
        depth: u16,
        name: Option<Cow<'static, str>>,
    ) -> Self {
        // A run whose input is still growing needs no permit until that is whole.
        let (cx, held) = Held::open(cx, matches!(input, Input::Whole(_)));
        let state = State::Waiting(input, cx);
        Self { state, held, guard, step, depth, name, begun: false }
    }

    /// Polls the step, if it may go on. Between its chunks it has no part in the budget.
    fn poll_step(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Result<OutputChunk<R>>>> {
        let Some(lease) = self.held.as_ref().map(|held| Arc::clone(&held.lease)) else {
            return self.poll_chunks(cx);
        };
        let item = ready!(lease.poll(cx, |cx| self.poll_chunks(cx)));
        if matches!(item, Some(Ok(_))) {
            lease.rest();
        }
        Poll::Ready(item)
    }

    fn poll_chunks(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Result<OutputChunk<R>>>> {
        if let State::Running(chunks) | State::Limited(chunks) = &mut self.state {
            return chunks.poll_next_unpin(cx);
        }
        let State::Waiting(input, context) = mem::replace(&mut self.state, State::Ended) else {
            return Poll::Ready(None);
        };
        let mut chunks = self.call(input, context);
        let poll = chunks.poll_next_unpin(cx);
        self.state = match self.held {
            Some(_) => State::Limited(chunks),
            None => State::Running(chunks),
        };
        poll
    }

    fn call(&self, input: Input<R>, cx: Context) -> ChunkStream<R::Output> {
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

    fn leave(&self, error: Error) -> Error {
        let run = self.guard.as_ref().map(|guard| &guard.live.run);
        let name = || match (run, &self.name) {
            (Some(run), _) => run.name.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => self.step.info().name,
        };
        error.leave(self.depth, name, run.map(|run| run.id))
    }

    /// Ends the run of a stream that gave its last item.
    fn end(&mut self, error: Option<&Error>) {
        self.state = State::Ended;
        self.held = None;
        match (&mut self.guard, error) {
            (Some(guard), None) => guard.end_stream(),
            (Some(guard), Some(error)) => guard.fail(error),
            (None, _) => (),
        }
    }
}

impl<R: Runnable> Stream for ScopedStream<R> {
    type Item = Result<OutputChunk<R>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let panicked = this.guard.as_ref().is_some_and(|guard| guard.polling);
        if panicked || matches!(this.state, State::Ended) {
            return Poll::Ready(None);
        }
        let poll = match (&mut this.guard, &mut this.state) {
            (None, State::Running(chunks)) => chunks.poll_next_unpin(cx),
            (None, _) => this.poll_step(cx),
            (Some(guard), _) => {
                ready!(guard.live.poll_ready(cx));
                guard.polling = true;
                let live = guard.live.clone();
                let poll = live.span.in_scope(|| this.poll_step(cx));
                if let Some(guard) = &mut this.guard {
                    guard.polling = false;
                }
                poll
            }
        };
        match ready!(poll) {
            Some(Ok(chunk)) => {
                this.begun = true;
                if let Some(guard) = &mut this.guard {
                    guard.chunk(&chunk);
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => {
                let error = this.leave(error);
                this.end(Some(&error));
                Poll::Ready(Some(Err(error)))
            }
            None => {
                // Without a chunk, and without an empty value, it fails as it does when it is invoked.
                let error = if this.begun { None } else { R::Output::empty().err() };
                let error = error.map(|error| this.leave(error));
                this.end(error.as_ref());
                Poll::Ready(error.map(Err))
            }
        }
    }
}

impl<R: Runnable> Unpin for ScopedStream<R> {}
