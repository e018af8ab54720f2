//! [`Storing`]: passes chunks on, and stores the answer when it is complete.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use runnable_core::{Chunk, ChunkStream, Chunked, Result};

use super::cacheable::Cacheable;
use crate::CachedValue;

/// A future that completes when an answer was stored.
pub(crate) type Kept = BoxFuture<'static, ()>;

/// The chunks of an answer. When the answer is complete, it is stored before the stream ends.
pub(crate) struct Storing<T: Chunked> {
    /// The chunks. `None` after their end.
    chunks: Option<ChunkStream<T>>,
    merged: Option<T::Chunk>,
    /// Stores the answer. `None` after it was called.
    keep: Option<Box<dyn FnOnce(CachedValue) -> Kept + Send>>,
    keeping: Option<Kept>,
}

impl<T: Chunked> Storing<T> {
    pub(crate) fn new(
        chunks: ChunkStream<T>,
        keep: Box<dyn FnOnce(CachedValue) -> Kept + Send>,
    ) -> Self {
        Self { chunks: Some(chunks), merged: None, keep: Some(keep), keeping: None }
    }
}

impl<T: Cacheable> Stream for Storing<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let storing = &mut *self;
        if let Some(chunks) = &mut storing.chunks {
            match ready!(chunks.poll_next_unpin(cx)) {
                Some(Ok(chunk)) => {
                    match &mut storing.merged {
                        Some(merged) => merged.merge_ref(&chunk),
                        None => storing.merged = Some(chunk.clone()),
                    }
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Some(Err(error)) => {
                    storing.chunks = None;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    storing.chunks = None;
                    let answer = T::from_merged(storing.merged.take()).ok();
                    if let Some(answer) = answer.filter(T::is_complete)
                        && let Some(keep) = storing.keep.take()
                    {
                        storing.keeping = Some(keep(answer.into_value()));
                    }
                }
            }
        }
        if let Some(keeping) = &mut storing.keeping {
            ready!(keeping.poll_unpin(cx));
            storing.keeping = None;
        }
        Poll::Ready(None)
    }
}

/// The chunks and the futures are in boxes, so no field is pinned.
impl<T: Chunked> Unpin for Storing<T> {}
