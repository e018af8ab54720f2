//! The input stream of an observed step.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::{ChunkStream, Chunked, Result, chunk::merge, guard::owned_complete, live_run::LiveRun};

/// Passes the chunks of an input on, and starts the run with the first chunk, unless the step
/// gathers its input.
///
/// The input is kept for the end event of the run.
pub(crate) struct InputTap<T: Chunked> {
    input: ChunkStream<T>,
    live: Arc<LiveRun>,
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
        // If the previous step failed, this step has not started.
        if !matches!(item, Some(Err(_))) && !self.live.awaits_whole_input() {
            self.live.start(None);
            if let (Some(Ok(chunk)), true) = (&item, self.live.wanted.late_inputs) {
                merge(&mut self.merged, chunk.clone());
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
