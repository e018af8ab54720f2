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

use super::{
    ChatReader,
    offload::{Away, LONG, offload},
};
use crate::{Frame, Frames, SseDecoder};

/// How long to wait for the end of a stream that has said that its answer is complete. Read to its
/// end, the connection can be used again; most services send both at once, some never end.
const LINGER: Duration = Duration::from_millis(100);

/// The most events that are read after a complete answer. A server that sends more gets its
/// connection closed.
const LEFT: u32 = 64;

/// The chunks of an answer, as its events come. Dropping it closes the connection.
pub(super) struct Reading<R> {
    events: Frames<SseDecoder>,
    /// `None` while it is on another thread.
    reader: Option<R>,
    /// Whether any event has come.
    begun: bool,
    state: State<R>,
}

enum State<R> {
    Open,
    /// A long event is being read on another thread.
    Away(Away<(R, Event)>),
    /// The answer is complete.
    Complete(Rest),
    Ended,
}

/// What an event was read as, and whether it was the whole answer.
type Event = (Result<Option<AiMessageChunk>>, bool);

/// What comes after a complete answer.
#[derive(Default)]
struct Rest {
    linger: Option<Pin<Box<Sleep>>>,
    events: u32,
}

impl<R: ChatReader> Reading<R> {
    pub(super) fn new(events: Frames<SseDecoder>, reader: R) -> Self {
        Self { events, reader: Some(reader), begun: false, state: State::Open }
    }
}

impl<R: ChatReader> Reading<R> {
    fn poll_open(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<Option<AiMessageChunk>>> {
        if let State::Away(event) = &mut self.state {
            let (reader, (read, whole)) = ready!(event.poll_unpin(cx))?;
            self.reader = Some(reader);
            self.state = State::Open;
            return Poll::Ready(self.took(read, whole));
        }
        let event = ready!(self.events.poll_next_unpin(cx)).transpose()?;
        let Some(reader) = &mut self.reader else { return Poll::Ready(Ok(None)) };
        let Some(event) = event else {
            self.state = State::Ended;
            return Poll::Ready(reader.end().map_err(|error| self.unreadable(error)));
        };
        // JSON and nothing else is an answer that came whole, though a stream was asked for.
        let whole = event.is_bare() && !mem::replace(&mut self.begun, true);
        if event.data().len() < LONG {
            let read = read(reader, &event, whole);
            return Poll::Ready(self.took(read, whole));
        }
        let Some(mut reader) = self.reader.take() else { return Poll::Ready(Ok(None)) };
        let away = offload(event.data().len(), move || {
            let read = read(&mut reader, &event, whole);
            (reader, (read, whole))
        });
        self.state = State::Away(away);
        self.poll_open(cx)
    }

    /// Takes in what was read.
    fn took(
        &mut self,
        read: Result<Option<AiMessageChunk>>,
        whole: bool,
    ) -> Result<Option<AiMessageChunk>> {
        if whole || self.reader.as_ref().is_some_and(R::is_complete) {
            self.state = State::Complete(Rest::default());
        }
        read.map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: Error) -> Error {
        self.events.origin().unreadable(error)
    }

    fn poll_complete(&mut self, cx: &mut task::Context<'_>) -> Poll<()> {
        let State::Complete(rest) = &mut self.state else { return Poll::Ready(()) };
        while let Poll::Ready(event) = self.events.poll_next_unpin(cx) {
            rest.events += 1;
            if event.is_none() || rest.events >= LEFT {
                return Poll::Ready(());
            }
        }
        rest.linger.get_or_insert_with(|| Box::pin(sleep(LINGER))).poll_unpin(cx)
    }
}

/// Reads an event, which may be the whole answer.
fn read<R: ChatReader>(
    reader: &mut R,
    event: &Frame,
    whole: bool,
) -> Result<Option<AiMessageChunk>> {
    match whole {
        true => reader.read_whole(event.data().as_bytes()).map(Some),
        false => reader.read_event(event),
    }
}

impl<R: ChatReader> Stream for Reading<R> {
    type Item = Result<AiMessageChunk>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while matches!(this.state, State::Open | State::Away(_)) {
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
