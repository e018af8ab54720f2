//! The types that parsers accept as input.

use futures_util::{StreamExt, future};
use runnable_core::{ChunkStream, Chunked};

use crate::AiMessage;

/// The input of a [`parser`](super::parser()): an [`AiMessage`] or a `String`.
///
/// The compiler infers which of the two types it is from the step before the parser. The trait is
/// sealed.
pub trait Source: Chunked + sealed::Sealed {
    /// Converts the input into its text.
    fn into_text(self) -> String;

    /// Converts a chunk of the input into the text of the chunk.
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

/// Converts a stream of input chunks into a stream of text. Chunks without text are skipped.
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
