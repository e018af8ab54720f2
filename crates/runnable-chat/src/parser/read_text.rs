//! The trait of readers that parse the text of an answer while it grows.

use std::fmt;

use runnable_core::{Chunk, Result};

/// A reader that parses the text of an answer in chunks.
///
/// The initial state of the reader is part of an [`IncrementalParser`](super::IncrementalParser),
/// which clones it for each call. The trait is sealed. To parse text with your own rules, use
/// [`stream_parser`](super::stream_parser()).
pub trait ReadText: sealed::Sealed + Clone + fmt::Debug + Send + Sync + 'static {
    /// The type of the output chunks.
    type Chunk: Chunk;

    /// Returns the name of the parser's runs.
    fn run_name(&self) -> &'static str;

    /// Reads the next part of the text. Returns the output that the part completes.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is invalid.
    fn push(&mut self, text: &str) -> Result<Option<Self::Chunk>>;

    /// Returns the output that the end of the text completes.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is incomplete.
    fn finish(self) -> Result<Option<Self::Chunk>>;

    /// Returns a sentence for the prompt that asks the model for the format of this parser.
    fn format_instructions(&self) -> String;
}

pub(super) mod sealed {
    pub trait Sealed {}
}
