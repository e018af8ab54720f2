//! What a parser reads.

use futures_util::{StreamExt, future};
use runnable_core::{ChunkStream, Chunked};

use crate::AiMessage;

/// What a [`parser`](super::parser()) reads: the answer of a chat model, or text.
///
/// The step before the parser decides which of them it is.
pub trait Source: Chunked + sealed::Sealed {
    /// Returns the text.
    fn into_text(self) -> String;

    /// Returns the text of a chunk.
    fn text_of(chunk: Self::Chunk) -> String;
}

impl Source for AiMessage {
    fn into_text(self) -> String {
        self.text().into_owned()
    }

    fn text_of(chunk: Self::Chunk) -> String {
        chunk.into_text()
    }
}

impl Source for String {
    fn into_text(self) -> String {
        self
    }

    fn text_of(chunk: Self) -> String {
        chunk
    }
}

/// The text of a source as it grows, without chunks that add none.
pub(super) fn text_stream<S: Source>(source: ChunkStream<S>) -> ChunkStream<String> {
    ChunkStream::new(source.filter_map(|chunk| {
        let text = chunk.map(|chunk| Some(S::text_of(chunk)).filter(|text| !text.is_empty()));
        future::ready(text.transpose())
    }))
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for crate::AiMessage {}
    impl Sealed for String {}
}
