//! [`ChunkStream`]: a stream of the chunks of a value.

use std::{
    fmt,
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{StreamExt, future, stream, stream::BoxStream};

use super::chunk::merge;
use crate::{
    CancelCause, Chunked, Error, Result,
    poll::{cancelling::cancelling, pace::Pace},
};

/// A stream of chunks that merge into a `T`. Streaming steps receive it and return it.
///
/// It borrows nothing, so it can outlive the chain that created it. If the stream fails, the error
/// is its last item.
#[must_use = "a stream does nothing until it is polled"]
pub struct ChunkStream<T: Chunked> {
    chunks: BoxStream<'static, Result<T::Chunk>>,
}

impl<T: Chunked> ChunkStream<T> {
    /// Creates a chunk stream from any stream of chunks.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let chunks = stream::iter([Ok("a".to_owned()), Ok("b".to_owned())]);
    /// assert_eq!(ChunkStream::<String>::new(chunks).concat().await?, "ab");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(chunks: impl Stream<Item = Result<T::Chunk>> + Send + 'static) -> Self {
        Self { chunks: Box::pin(chunks) }
    }

    /// Creates a stream that yields a complete value as one chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// assert_eq!(ChunkStream::once("hi".to_owned()).concat().await?, "hi");
    /// # Ok(())
    /// # }
    /// ```
    pub fn once(value: T) -> Self {
        Self::new(stream::once(future::ready(Ok(value.into_chunk()))))
    }

    /// Creates a stream whose only item is this error.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let error = Error::new(ErrorKind::NotFound, "unknown page");
    /// let stream = ChunkStream::<String>::error(error);
    /// assert_eq!(stream.concat().await.unwrap_err().kind(), ErrorKind::NotFound);
    /// # }
    /// ```
    pub fn error(error: Error) -> Self {
        Self::new(stream::once(future::ready(Err(error))))
    }

    /// Returns the next chunk, or `None` if the stream has ended.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, no chunk is lost.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T::Chunk>>> + Send {
        StreamExt::next(&mut self.chunks)
    }

    /// Applies `f` to each chunk.
    ///
    /// This adapter is written by hand. With `map_ok`, passing a chunk through a step takes more
    /// than twice as long.
    pub(crate) fn mapped<U: Chunked>(
        mut self,
        mut f: impl FnMut(T::Chunk) -> U::Chunk + Send + 'static,
    ) -> ChunkStream<U> {
        ChunkStream::new(stream::poll_fn(move |cx| {
            let item = ready!(self.poll_next_unpin(cx));
            Poll::Ready(item.map(|chunk| chunk.map(&mut f)))
        }))
    }

    /// Keeps the value `held` alive until the stream has ended or is dropped.
    pub(crate) fn holding(self, held: impl Send + 'static) -> Self {
        let mut held = Some(held);
        Self::new(self.chain(stream::poll_fn(move |_| {
            drop(held.take());
            Poll::Ready(None)
        })))
    }

    /// Merges all remaining chunks into a complete value.
    ///
    /// If the chunks are always ready, this future still lets other tasks run between them.
    ///
    /// # Errors
    ///
    /// - Returns the error of the stream, with the chunks before it as its [partial
    ///   value](Error::partial).
    /// - Returns an error if the chunks do not form a [complete value](Chunked::from_merged).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the stream, and the chunks that were merged are lost.
    #[doc(alias("add", "aadd", "gather", "merge"))]
    pub async fn concat(mut self) -> Result<T> {
        let (mut merged, mut pace) = (None, Pace::new());
        while let Some(chunk) =
            future::poll_fn(|cx| pace.poll(cx, |cx| self.poll_next_unpin(cx))).await
        {
            match chunk {
                Ok(chunk) => merge(&mut merged, chunk),
                Err(error) => {
                    // Runs that are still open in the stream worked side by side with the failed
                    // run.
                    if error.is_of_run() {
                        cancelling(CancelCause::SiblingFailed, || drop(self));
                    }
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
