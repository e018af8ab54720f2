//! [`InputTap`]: watches the input chunks of an observed step.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use super::{live_run::LiveRun, payload::owned_complete};
use crate::{
    CancelCause, ChunkStream, Chunked, Result,
    poll::{cancelling::cancelling, stopwatch::Hold},
    value::chunk::merge_ref,
};

/// Passes on the chunks of an input. Starts the run when the first item arrives that is not an
/// error, or when the input ends.
///
/// If a listener needs the input at the end of the run, the merged chunks are stored for the end
/// event.
pub(crate) struct InputTap<T: Chunked> {
    /// The input. `None` only while the tap is dropped.
    input: Option<ChunkStream<T>>,
    live: Arc<LiveRun>,
    /// The merged chunks so far. `None` before the first chunk, and if no listener requests the
    /// input.
    merged: Option<T::Chunk>,
    /// The first item, while a listener holds the run between its start event and this item.
    held: Option<Item<T>>,
    /// Stops the clocks of time limits in that time.
    hold: Hold,
    /// Whether the step has received an item.
    is_open: bool,
}

type Item<T> = Option<Result<<T as Chunked>::Chunk>>;

impl<T: Chunked> InputTap<T> {
    pub(crate) fn new(input: ChunkStream<T>, live: Arc<LiveRun>) -> Self {
        Self {
            input: Some(input),
            live,
            merged: None,
            held: None,
            hold: Hold::default(),
            is_open: false,
        }
    }
}

impl<T: Chunked> InputTap<T> {
    /// Polls the input. Starts the run, and merges the chunk if a listener needs the input.
    fn poll_input(&mut self, cx: &mut task::Context<'_>) -> Poll<Item<T>> {
        let Some(input) = &mut self.input else { return Poll::Ready(None) };
        let item = ready!(input.poll_next_unpin(cx));
        // If the first item is an error of the previous step, the run never starts.
        if !matches!(item, Some(Err(_))) {
            self.live.start(None);
            if let (Some(Ok(chunk)), true) = (&item, self.live.wanted.late_inputs) {
                merge_ref(&mut self.merged, chunk);
            }
        }
        Poll::Ready(item)
    }
}

impl<T: Chunked> Stream for InputTap<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let item = match this.held.take() {
            Some(item) => item,
            None => ready!(this.poll_input(cx)),
        };
        // A listener can hold the run after its start event, before the step gets the first item.
        if !this.is_open {
            let is_error = matches!(item, Some(Err(_)));
            if !is_error && this.live.poll_ready(cx, &mut this.hold).is_pending() {
                this.held = Some(item);
                return Poll::Pending;
            }
            this.is_open = true;
        }
        Poll::Ready(item)
    }
}

impl<T: Chunked> Drop for InputTap<T> {
    fn drop(&mut self) {
        if let Some(merged) = self.merged.take() {
            self.live.keep_input(owned_complete::<T>(merged));
        }
        // The run that produces the input works side by side with this run.
        if self.live.is_failing() {
            cancelling(CancelCause::SiblingFailed, || self.input = None);
        }
    }
}

impl<T: Chunked> Unpin for InputTap<T> {}
