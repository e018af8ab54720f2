//! What ends a call from outside: time, and a token.

use std::{
    pin::Pin,
    task::{self, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either, select},
};
use tokio_util::sync::CancellationToken;

use crate::{ChunkStream, Chunked, Error, ErrorKind, Result, TimeoutPhase};

/// What ends a call from outside. At first, nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancellation: Option<CancellationToken>,
}

impl Bounds {
    fn end(&self) -> Option<BoxFuture<'static, Error>> {
        let timeout = self.timeout.map(|limit| async move {
            tokio::time::sleep(limit).await;
            Error::timeout(TimeoutPhase::Call, limit)
        });
        let cancelled = self.cancellation.clone().map(|token| async move {
            token.cancelled().await;
            Error::new(ErrorKind::Cancelled, "the call was cancelled")
        });
        match (timeout, cancelled) {
            (None, None) => None,
            (Some(timeout), None) => Some(timeout.boxed()),
            (None, Some(cancelled)) => Some(cancelled.boxed()),
            (Some(timeout), Some(cancelled)) => {
                let first = select(cancelled.boxed(), timeout.boxed());
                Some(first.map(|first| first.factor_first().0).boxed())
            }
        }
    }

    /// A call that ends with its bounds.
    pub(crate) fn future<'a, T: Send + 'a>(
        &self,
        call: impl Future<Output = Result<T>> + Send + 'a,
    ) -> impl Future<Output = Result<T>> + Send {
        // Adapters rather than an async block, which would hold the call twice.
        let Some(end) = self.end() else {
            return call.left_future();
        };
        let call: BoxFuture<'a, Result<T>> = call.boxed();
        // The end is asked first, so that what is cancelled before it begins does not begin.
        let first = select(end, call).map(|first| match first {
            Either::Left((error, _)) => Err(error),
            Either::Right((result, _)) => result,
        });
        first.right_future()
    }

    /// A stream that ends with its bounds.
    pub(crate) fn stream<T: Chunked>(&self, chunks: ChunkStream<T>) -> ChunkStream<T> {
        if self.timeout.is_none() && self.cancellation.is_none() {
            return chunks;
        }
        let (bounds, end) = (self.clone(), None);
        ChunkStream::new(Bounded { bounds, end, chunks: Some(chunks) })
    }
}

struct Bounded<T: Chunked> {
    bounds: Bounds,
    /// Made with the first poll, which is when the call begins.
    end: Option<BoxFuture<'static, Error>>,
    /// `None` once it has ended.
    chunks: Option<ChunkStream<T>>,
}

impl<T: Chunked> Stream for Bounded<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(chunks) = &mut this.chunks else {
            return Poll::Ready(None);
        };
        if this.end.is_none() {
            this.end = this.bounds.end();
        }
        if let Some(Poll::Ready(error)) = this.end.as_mut().map(|end| end.poll_unpin(cx)) {
            this.chunks = None;
            return Poll::Ready(Some(Err(error)));
        }
        chunks.poll_next_unpin(cx)
    }
}
