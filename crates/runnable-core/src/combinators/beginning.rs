//! The beginning of a stream that may still be replaced by another.

use futures_util::{StreamExt, stream};

use crate::{Chunk, ChunkStream, Chunked, Error};

/// A stream that failed before a chunk with content came.
pub(super) struct Failed<T: Chunked> {
    /// The chunks without content that came before the error.
    pub(super) chunks: Vec<T::Chunk>,
    pub(super) error: Error,
}

impl<T: Chunked> Failed<T> {
    /// The stream as it came.
    pub(super) fn into_stream(self) -> ChunkStream<T> {
        let chunks = self.chunks.into_iter().map(Ok).chain([Err(self.error)]);
        ChunkStream::new(stream::iter(chunks))
    }
}

/// Reads a stream up to its first chunk with content, and returns it with what was read.
///
/// What the reader of a stream has seen cannot be taken back. A chunk without content shows nothing:
/// services send a role or an id before their model begins, and fail after it. So such chunks are
/// held back, and passed on together with the first chunk that has content.
pub(super) async fn begun<T: Chunked>(
    mut stream: ChunkStream<T>,
) -> Result<ChunkStream<T>, Failed<T>> {
    let mut chunks = Vec::new();
    loop {
        match stream.next().await {
            Some(Ok(chunk)) if !chunk.has_content() => chunks.push(chunk),
            Some(Err(error)) => return Err(Failed { chunks, error }),
            last => {
                let read = chunks.into_iter().map(Ok).chain(last);
                return Ok(ChunkStream::new(stream::iter(read).chain(stream)));
            }
        }
    }
}
