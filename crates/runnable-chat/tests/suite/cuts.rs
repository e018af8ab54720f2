//! Splits texts into chunks, and parses them.

use futures::{StreamExt, executor::block_on, stream};
use proptest::sample::Index;
use runnable_chat::prelude::*;
use runnable_core::Chunked;

/// Splits a text at these places.
pub(crate) fn cut(text: &str, places: &[Index]) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut places: Vec<_> = places.iter().map(|place| place.index(letters.len() + 1)).collect();
    places.extend([0, letters.len()]);
    places.sort_unstable();
    places.windows(2).map(|cut| letters[cut[0]..cut[1]].iter().collect()).collect()
}

/// Splits a text into its characters.
pub(crate) fn letters(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

/// Returns an answer in chunks as a stream.
pub(crate) fn answer(
    pieces: impl IntoIterator<Item = impl Into<String>>,
) -> stream::Iter<std::vec::IntoIter<Result<AiMessageChunk>>> {
    let chunks: Vec<_> = pieces.into_iter().map(|p| Ok(AiMessageChunk::new(p))).collect();
    stream::iter(chunks)
}

/// Parses an answer in chunks, and returns the chunks of the output.
pub(crate) fn chunks_of<P>(
    parser: &P,
    pieces: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Vec<<P::Output as Chunked>::Chunk>>
where
    P: Runnable<Input = AiMessage>,
{
    block_on(parser.transform(answer(pieces)).collect::<Vec<_>>()).into_iter().collect()
}

/// Parses an answer in chunks, and returns the merged output.
pub(crate) fn merged<P>(
    parser: &P,
    pieces: impl IntoIterator<Item = impl Into<String>>,
) -> Result<P::Output>
where
    P: Runnable<Input = AiMessage>,
{
    block_on(parser.transform(answer(pieces)).concat())
}

/// Parses a complete answer.
pub(crate) fn whole<P: Runnable<Input = AiMessage>>(parser: &P, text: &str) -> Result<P::Output> {
    block_on(RunnableExt::invoke(parser, AiMessage::new(text)))
}
