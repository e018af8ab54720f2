//! An answer that is being streamed.

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
    /// Whether the last block is a call of which only the name has come.
    names_a_call: bool,
    /// The error that comes after the last chunk.
    failed: Option<Error>,
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
        Self { events, reader, begun: false, names_a_call: false, failed: None, state: State::Open }
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

    /// What comes after the end, until the stream ends, or does so too late. Services have sent a
    /// count of tokens there. An error there takes nothing from an answer that is complete.
    fn poll_complete(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<AiMessageChunk>> {
        let State::Complete(linger) = &mut self.state else { return Poll::Ready(None) };
        while let Poll::Ready(event) = self.events.poll_next_unpin(cx) {
            let Some(event) = event else { return Poll::Ready(None) };
            let read = event.ok().and_then(|event| self.reader.read_event(&event).ok());
            if let Some(chunk) = read.flatten() {
                return Poll::Ready(Some(chunk));
            }
        }
        linger.get_or_insert_with(|| Box::pin(sleep(LINGER))).poll_unpin(cx).map(|()| None)
    }
}

impl<R: ChatReader> Stream for Reading<R> {
    type Item = Result<AiMessageChunk>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while matches!(this.state, State::Open) {
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
                    // Otherwise what came would be a call without arguments, which is a valid one.
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
