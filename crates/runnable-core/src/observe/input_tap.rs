//! [`InputTap`]: watches the input chunks of an observed step.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use super::{live_run::LiveRun, payload::owned_complete};
use crate::{ChunkStream, Chunked, Result, value::chunk::merge_ref};

/// Passes on the chunks of an input. Starts the run when the first item arrives that is not an
/// error, or when the input ends.
///
/// If a listener needs the input at the end of the run, the merged chunks are stored for the end
/// event.
pub(crate) struct InputTap<T: Chunked> {
    input: ChunkStream<T>,
    live: Arc<LiveRun>,
    /// The merged chunks so far. `None` before the first chunk, and if no listener requests the
    /// input.
    merged: Option<T::Chunk>,
}

impl<T: Chunked> InputTap<T> {
    pub(crate) fn new(input: ChunkStream<T>, live: Arc<LiveRun>) -> Self {
        Self { input, live, merged: None }
    }
}

impl<T: Chunked> Stream for InputTap<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.input.poll_next_unpin(cx));
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

impl<T: Chunked> Drop for InputTap<T> {
    fn drop(&mut self) {
        if let Some(merged) = self.merged.take() {
            self.live.keep_input(owned_complete::<T>(merged));
        }
    }
}

impl<T: Chunked> Unpin for InputTap<T> {}
