//! An answer that is being streamed.

use std::{
    mem,
    pin::Pin,
    task::{self, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt};
use runnable_chat::AiMessageChunk;
use runnable_core::{Error, Result};
use tokio::time::{Sleep, sleep};

use super::ChatReader;
use crate::{ApiError, Frames, Origin, SseDecoder};

/// How long to wait for the end of a stream that has said that its answer is complete. Read to its
/// end, the connection can be used again; most services send both at once, some never end.
const LINGER: Duration = Duration::from_millis(100);

/// The chunks of an answer, as its events come. Dropping it closes the connection.
pub(super) struct Reading<R> {
    events: Frames<SseDecoder>,
    reader: R,
    /// Whether any event has come.
    begun: bool,
    state: State,
}

enum State {
    Open,
    /// The answer is complete.
    Complete(Option<Pin<Box<Sleep>>>),
    Ended,
}

impl<R: ChatReader> Reading<R> {
    pub(super) fn new(events: Frames<SseDecoder>, reader: R) -> Self {
        Self { events, reader, begun: false, state: State::Open }
    }
}

/// An error that the service wrote into its answer, with where that was.
pub(super) fn placed(error: Error, origin: &Origin) -> Error {
    match error.downcast_ref::<ApiError>() {
        Some(said) => origin.error(said.clone()),
        None => error,
    }
}

impl<R: ChatReader> Reading<R> {
    fn poll_open(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<Option<AiMessageChunk>>> {
        let event = ready!(self.events.poll_next_unpin(cx)).transpose()?;
        let Some(event) = event else {
            self.state = State::Ended;
            return Poll::Ready(self.reader.end());
        };
        // JSON and nothing else is an answer that came whole, though a stream was asked for.
        let whole = event.is_bare() && !mem::replace(&mut self.begun, true);
        let read = match whole {
            true => self.reader.read_whole(event.data().as_bytes()).map(Some),
            false => self.reader.read_event(&event),
        };
        let read = read.map_err(|error| placed(error, self.events.origin()));
        if whole || self.reader.is_complete() {
            self.state = State::Complete(None);
        }
        Poll::Ready(read)
    }

    fn poll_complete(&mut self, cx: &mut task::Context<'_>) -> Poll<()> {
        let State::Complete(linger) = &mut self.state else { return Poll::Ready(()) };
        while let Poll::Ready(event) = self.events.poll_next_unpin(cx) {
            if event.is_none() {
                return Poll::Ready(());
            }
        }
        linger.get_or_insert_with(|| Box::pin(sleep(LINGER))).poll_unpin(cx)
    }
}

impl<R: ChatReader> Stream for Reading<R> {
    type Item = Result<AiMessageChunk>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while matches!(this.state, State::Open) {
            let read = ready!(this.poll_open(cx));
            if read.is_err() {
                this.state = State::Ended;
            }
            if let Some(item) = read.transpose() {
                return Poll::Ready(Some(item));
            }
        }
        ready!(this.poll_complete(cx));
        this.state = State::Ended;
        Poll::Ready(None)
    }
}
