//! A stream of the chunks of one value.

use std::{
    fmt,
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{StreamExt, future, stream, stream::BoxStream};

use crate::{Chunked, Error, Result, chunk::merge, pace::Pace, turns::Taken};

/// A stream of the chunks that make up a `T`: what the author of a step takes and gives.
///
/// It borrows nothing, so it can outlive the chain that it came from. The first error is its last
/// item.
#[must_use = "a stream does nothing until it is polled"]
pub struct ChunkStream<T: Chunked> {
    chunks: BoxStream<'static, Result<T::Chunk>>,
}

impl<T: Chunked> ChunkStream<T> {
    /// Makes a chunk stream of any stream of chunks.
    pub fn new(chunks: impl Stream<Item = Result<T::Chunk>> + Send + 'static) -> Self {
        Self { chunks: Box::pin(chunks) }
    }

    /// The stream of one whole value.
    pub fn once(whole: T) -> Self {
        Self::new(stream::once(future::ready(Ok(whole.into_chunk()))))
    }

    /// The stream that fails at once.
    pub fn error(error: Error) -> Self {
        Self::new(stream::once(future::ready(Err(error))))
    }

    /// The next chunk, or `None` when the stream has ended.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T::Chunk>>> + Send {
        StreamExt::next(&mut self.chunks)
    }

    /// The stream of what `f` makes of the chunks.
    ///
    /// By hand: with `map_ok` a chunk takes more than twice as long through a step.
    pub(crate) fn mapped<U: Chunked>(
        mut self,
        mut f: impl FnMut(T::Chunk) -> U::Chunk + Send + 'static,
    ) -> ChunkStream<U> {
        ChunkStream::new(stream::poll_fn(move |cx| {
            let item = ready!(self.poll_next_unpin(cx));
            Poll::Ready(item.map(|chunk| chunk.map(&mut f)))
        }))
    }

    /// This stream, holding something until it has ended or is dropped.
    pub(crate) fn holding(self, taken: Taken) -> Self {
        let mut taken = Some(taken);
        Self::new(self.chain(stream::poll_fn(move |_| {
            drop(taken.take());
            Poll::Ready(None)
        })))
    }

    /// Merges all chunks into the whole they make up. Where they are always ready, it lets other
    /// tasks run between them.
    ///
    /// # Errors
    ///
    /// The stream's own error, with [what had come](Error::partial) before it, or that of a [whole](Chunked::from_merged) that the chunks do not
    /// amount to.
    pub async fn concat(mut self) -> Result<T> {
        let (mut merged, mut pace) = (None, Pace::new());
        while let Some(chunk) =
            future::poll_fn(|cx| pace.poll(cx, |cx| self.poll_next_unpin(cx))).await
        {
            match chunk {
                Ok(chunk) => merge(&mut merged, chunk),
                Err(error) => {
                    return Err(match merged {
                        Some(partial) => error.with_partial(partial),
                        None => error,
                    });
                }
            }
        }
        T::from_merged(merged)
    }
}

impl<T: Chunked> Stream for ChunkStream<T> {
    type Item = Result<T::Chunk>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.as_mut().poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl<T: Chunked> fmt::Debug for ChunkStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkStream").finish_non_exhaustive()
    }
}
