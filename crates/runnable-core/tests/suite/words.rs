//! Steps that the tests share.

use futures::{StreamExt, stream};
use runnable_core::prelude::*;

/// A step that yields its input word by word, in place of a model.
#[derive(Clone, Debug)]
pub(crate) struct Words;

impl Runnable for Words {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, cx: RunContext) -> Result<String> {
        self.run_stream(text, cx).concat().await
    }

    fn run_stream(&self, text: String, _: RunContext) -> ChunkStream<String> {
        let words: Vec<_> = text.split_inclusive(' ').map(|word| Ok(word.to_owned())).collect();
        ChunkStream::new(stream::iter(words))
    }
}

/// A step that converts each chunk to upper case.
pub(crate) fn shout() -> impl Runnable<Input = String, Output = String> {
    map_chunks(|text: String| text.to_uppercase())
}

/// A step that needs its complete input.
pub(crate) fn reverse() -> impl Runnable<Input = String, Output = String> {
    lambda(|text: String| text.chars().rev().collect::<String>())
}

/// Collects the chunks of a stream that does not wait.
pub(crate) fn chunks_now<T: Chunked>(
    stream: impl futures::Stream<Item = Result<T::Chunk>>,
) -> Vec<T::Chunk> {
    futures::executor::block_on(stream.map(Result::unwrap).collect())
}
