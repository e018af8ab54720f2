//! The input of a watched step that takes the chunks of it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use super::{live_run::LiveRun, payload::owned_complete};
use crate::{ChunkStream, Chunked, Result, value::chunk::merge};

/// Passes the chunks of an input on. The run starts with the first of them; what came of the input is
/// kept for the end of the run.
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
        // A step that the step before it failed never started.
        if !matches!(item, Some(Err(_))) {
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
