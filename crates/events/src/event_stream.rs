//! A call of a step, for its events.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use futures_core::Stream;
use futures_util::StreamExt;
use runnable_core::{Chunked, Config, Error, Result, Runnable, RunnableExt, calls::RunStream};

use crate::{Event, queue::EventQueue};

/// Streams the events of a step and of every step inside it.
pub trait StreamEvents: Runnable {
    /// Runs this step, streaming, for the events of its run and of every run inside it.
    ///
    /// Chat models inside stream even where they are invoked, so that their tokens can be seen.
    fn stream_events(&self, input: impl Into<Self::Input>) -> EventStream<Self::Output> {
        EventStream::new(self.stream(input))
    }
}

impl<R: Runnable> StreamEvents for R {}

/// The call of a step: a stream of what happens in it. Made by [`StreamEvents::stream_events`].
///
/// It is pulled: polling it polls the chain, and hands out what happened meanwhile. So there is no
/// task, no channel and no loss; a slow reader slows the chain, and dropping it cancels the chain.
///
/// If the call fails, its error follows the last event, as the last item.
#[must_use = "a stream does nothing until it is polled"]
pub struct EventStream<O: Chunked> {
    state: State<O>,
    queue: Arc<EventQueue>,
}

enum State<O: Chunked> {
    Ready(RunStream<O>, Config),
    Running(RunStream<O>),
    /// The error is still to be handed out.
    Failed(Error),
    Ended,
}

impl<O: Chunked> EventStream<O> {
    fn new(call: RunStream<O>) -> Self {
        Self { state: State::Ready(call, Config::new()), queue: Arc::default() }
    }

    /// Configures the call. Without effect once it has been polled.
    pub fn config(mut self, new: impl Into<Config>) -> Self {
        if let State::Ready(_, config) = &mut self.state {
            *config = new.into();
        }
        self
    }

    /// The next event, or `None` when the call has ended.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<Event>>> + Send {
        StreamExt::next(self)
    }
}

impl<O: Chunked> Stream for EventStream<O> {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(event) = this.queue.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            this.state = match mem::replace(&mut this.state, State::Ended) {
                State::Ready(call, config) => {
                    State::Running(call.config(config.listener(Arc::clone(&this.queue))))
                }
                State::Running(mut call) => match call.poll_next_unpin(cx) {
                    // The chunk's event is in the queue.
                    Poll::Ready(Some(Ok(_))) => State::Running(call),
                    Poll::Ready(Some(Err(error))) => State::Failed(error),
                    Poll::Ready(None) => State::Ended,
                    Poll::Pending => {
                        this.state = State::Running(call);
                        return match this.queue.pop() {
                            Some(event) => Poll::Ready(Some(Ok(event))),
                            None => Poll::Pending,
                        };
                    }
                },
                State::Failed(error) => return Poll::Ready(Some(Err(error))),
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl<O: Chunked> fmt::Debug for EventStream<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}
