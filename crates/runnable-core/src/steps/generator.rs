//! [`Generator`]: a step that is made from a function on streams.

use std::{any, fmt, marker::PhantomData, panic::Location};

use futures_core::Stream;

use super::name::info_of;
use crate::{Chunk, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo};

/// Creates a step from a function that converts a stream of chunks to a stream of chunks.
///
/// If the step is invoked, it returns the merged chunks.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// // Numbers the chunks as they arrive.
/// let numbered = generator(|chunks: ChunkStream<String>, _| {
///     chunks.enumerate().map(|(n, chunk)| chunk.map(|text| format!("{n}: {text}\n")))
/// });
///
/// let input = futures::stream::iter([Ok("one".to_owned()), Ok("two".to_owned())]);
/// assert_eq!(numbered.transform(input).concat().await?, "0: one\n1: two\n");
/// # Ok(())
/// # }
/// ```
#[doc(alias("RunnableGenerator", "transform"))]
#[track_caller]
pub fn generator<F, I, S, C>(f: F) -> Generator<F, I, C>
where
    F: Fn(ChunkStream<I>, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    I: Chunked,
    C: Chunk,
{
    Generator { f, source: Location::caller(), signature: PhantomData }
}

/// A step that is made from a function on streams. Created by [`generator`].
#[doc(alias = "RunnableGenerator")]
#[must_use = "a chain does nothing until it is run"]
pub struct Generator<F, I, C> {
    f: F,
    source: &'static Location<'static>,
    signature: PhantomData<fn(I) -> C>,
}

impl<F, I, S, C> Runnable for Generator<F, I, C>
where
    F: Fn(ChunkStream<I>, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    I: Chunked,
    C: Chunk,
{
    type Input = I;
    type Output = C::Whole;

    async fn run(&self, input: I, cx: RunContext) -> Result<C::Whole> {
        self.run_stream(input, cx).concat().await
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<C::Whole> {
        ChunkStream::new((self.f)(ChunkStream::once(input), cx))
    }

    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<C::Whole> {
        ChunkStream::new((self.f)(input.into_chunks(), cx))
    }

    fn info(&self) -> StepInfo {
        info_of::<F>("RunnableGenerator", self.source)
    }
}

impl<F: Clone, I, C> Clone for Generator<F, I, C> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, signature: PhantomData }
    }
}

impl<F, I, C> fmt::Debug for Generator<F, I, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Generator").field(&any::type_name::<F>()).finish()
    }
}
