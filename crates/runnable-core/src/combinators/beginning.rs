//! The start of a stream: the chunks before the first chunk with content. If the stream fails
//! there, a retry or a fallback can still replace it.

use futures_util::{StreamExt, stream};

use crate::{Chunk, ChunkStream, Chunked, Error};

/// The items of a stream that failed before its first chunk with content.
pub(super) struct Failed<T: Chunked> {
    /// The chunks without content that the stream yielded before the error.
    pub(super) chunks: Vec<T::Chunk>,
    pub(super) error: Error,
}

impl<T: Chunked> Failed<T> {
    /// Returns a stream that yields the chunks and then the error.
    pub(super) fn into_stream(self) -> ChunkStream<T> {
        let chunks = self.chunks.into_iter().map(Ok).chain([Err(self.error)]);
        ChunkStream::new(stream::iter(chunks))
    }
}

/// Reads a stream until its first chunk with content. Returns a stream that yields all chunks,
/// including those that were read.
///
/// A chunk that the caller has received cannot be replaced. A chunk without content, such as a role
/// or an id that a service sends before its model starts, shows nothing yet. It is held back until
/// the first chunk with content, because the service can still fail.
///
/// # Errors
///
/// If the stream fails before a chunk with content, returns the error and the chunks before it.
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
