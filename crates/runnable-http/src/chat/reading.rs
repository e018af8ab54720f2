//! [`Reading`]: an answer that is being streamed.

use std::{
    mem,
    pin::Pin,
    task::{self, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt};
use runnable_chat::{AiMessageChunk, FinishReason, message::BlockDelta};
use runnable_core::{Error, Result};
use tokio::time::{Sleep, sleep};

use super::ChatReader;
use crate::{
    Frame, Frames, RequestInfo, SseDecoder,
    offload::{Away, LONG, offload},
};

/// How long to wait for the end of a stream after the answer is complete. The wait is useful
/// because a connection can be reused if its response was read to the end. Most services send the
/// end immediately, and some never do.
const LINGER: Duration = Duration::from_millis(100);

/// The maximum number of events that are read after an answer is complete. If a server sends more,
/// its connection is closed.
const LEFT: u32 = 64;

/// A stream of the chunks of an answer, which are read from the events of a response. Dropping it
/// closes the connection.
pub(super) struct Reading<R> {
    events: Frames<SseDecoder>,
    /// The reader of the response. `None` while the reader is on another thread.
    reader: Option<R>,
    /// Whether an event has been received.
    begun: bool,
    /// Whether the last block is a tool call that has a name and no arguments yet.
    names_a_call: bool,
    /// An error that is yielded after the last chunk.
    failed: Option<Error>,
    state: State<R>,
}

enum State<R> {
    Open,
    /// A long event is being read on another thread.
    Away(Away<(R, Event)>),
    /// The answer is complete, and the events after it are read.
    Complete(Rest),
    Ended,
}

/// The result of reading an event. The flag is `true` if the event contained the complete answer.
type Event = (Result<Option<AiMessageChunk>>, bool);

/// The state while the events after a complete answer are read.
#[derive(Default)]
struct Rest {
    linger: Option<Pin<Box<Sleep>>>,
    events: u32,
}

impl<R: ChatReader> Reading<R> {
    pub(super) fn new(events: Frames<SseDecoder>, reader: R) -> Self {
        Self {
            events,
            reader: Some(reader),
            begun: false,
            names_a_call: false,
            failed: None,
            state: State::Open,
        }
    }

    fn look_for_calls(&mut self, chunk: &AiMessageChunk) {
        for block in chunk.blocks() {
            self.names_a_call = match &block.delta {
                BlockDelta::ToolCall(call) => {
                    let is_named = self.names_a_call || call.name.is_some();
                    is_named && call.args.trim().is_empty()
                }
                _ => false,
            };
        }
    }

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
            return Poll::Ready(reader.finish().map_err(|error| self.unreadable(error)));
        };
        // If the first event is JSON without the name of an SSE field, such as `data:`, the service
        // did not stream, and the event is the complete response.
        let whole = event.is_bare() && !mem::replace(&mut self.begun, true);
        if event.data().len() < LONG {
            let read = read(reader, &event, whole, self.events.origin());
            return Poll::Ready(self.took(read, whole));
        }
        let origin = self.events.origin().clone();
        let Some(mut reader) = self.reader.take() else { return Poll::Ready(Ok(None)) };
        let away = offload(event.data().len(), move || {
            let read = read(&mut reader, &event, whole, &origin);
            (reader, (read, whole))
        });
        self.state = State::Away(away);
        self.poll_open(cx)
    }

    /// Updates the state after an event was read, and returns the result.
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

    /// Reads the events that follow a complete answer, until the stream ends or the wait is over.
    /// Some services send the token usage in such an event. An error at this point is ignored,
    /// because the answer is complete.
    fn poll_complete(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<AiMessageChunk>> {
        let (State::Complete(rest), Some(reader)) = (&mut self.state, &mut self.reader) else {
            return Poll::Ready(None);
        };
        while let Poll::Ready(event) = self.events.poll_next_unpin(cx) {
            rest.events += 1;
            let Some(Ok(event)) = event.filter(|_| rest.events < LEFT) else {
                return Poll::Ready(None);
            };
            // Skip long events, because after the answer is complete, long events contain nothing
            // that the answer needs.
            if event.data().len() < LONG
                && let Ok(Some(chunk)) = reader.read_event(&event)
            {
                return Poll::Ready(Some(chunk));
            }
        }
        rest.linger.get_or_insert_with(|| Box::pin(sleep(LINGER))).poll_unpin(cx).map(|()| None)
    }
}

/// Reads an event of a stream. If `whole` is set, the event is the body of a complete response
/// instead.
fn read<R: ChatReader>(
    reader: &mut R,
    event: &Frame,
    whole: bool,
    origin: &RequestInfo,
) -> Result<Option<AiMessageChunk>> {
    let data = event.data().as_bytes();
    if whole {
        let read = reader.read_body(data).map(Some);
        read.map_err(|error| origin.unreadable_body(error, data))
    } else {
        reader.read_event(event)
    }
}

impl<R: ChatReader> Stream for Reading<R> {
    type Item = Result<AiMessageChunk>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while matches!(this.state, State::Open | State::Away(_)) {
            match ready!(this.poll_open(cx)) {
                Ok(Some(chunk)) => {
                    this.look_for_calls(&chunk);
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Ok(None) => (),
                Err(error) => {
                    this.state = State::Ended;
                    if !this.names_a_call {
                        return Poll::Ready(Some(Err(error)));
                    }
                    // Yield a finish reason first. Without it, the tool call would seem to be
                    // complete and to have no arguments, which is valid.
                    this.failed = Some(error);
                    let broken = AiMessageChunk::default().with_finish_reason(FinishReason::Error);
                    return Poll::Ready(Some(Ok(broken)));
                }
            }
        }
        if let Some(error) = this.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(chunk) = ready!(this.poll_complete(cx)) {
            return Poll::Ready(Some(Ok(chunk)));
        }
        this.state = State::Ended;
        Poll::Ready(None)
    }
}
