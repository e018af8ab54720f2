//! A step made of a function that returns a stream.

use std::{any, fmt, marker::PhantomData, panic::Location};

use futures_core::Stream;

use super::name::info_of;
use crate::{Chunk, ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo};

/// Makes a step of a function from a complete input to a stream of chunks.
///
/// This is the form for a step that streams and calls other steps. The stream is best written as
/// async code, by `try_stream!` of the crate
/// [`async-stream`](https://docs.rs/async-stream), which the prelude of `runnable` has: each `yield`
/// is a chunk, and `?` ends the stream with an error, unless it is inside another macro. A step that
/// [`capture`](super::capture) hands to the function needs no `clone` there.
///
/// Streamed, the step yields the chunks as they come. Invoked, it returns what they merge into. A
/// function on an input that is still growing is for [`generator`](super::generator).
///
/// # Errors
///
/// The run fails with the first error of the stream.
///
/// # Examples
///
/// ```
/// use async_stream::try_stream;
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = map_chunks(|text: String| text.to_uppercase());
/// let twice = stream_lambda(capture(shout, |shout, text: String, cx| {
///     try_stream! {
///         yield "Once: ".to_owned();
///         let mut chunks = shout.stream(&text).config(&cx);
///         while let Some(chunk) = chunks.next().await {
///             yield chunk?;
///         }
///         let shouted = shout.invoke(text).config(&cx).await?;
///         yield format!(" Twice: {shouted}");
///     }
/// }));
///
/// assert_eq!(twice.invoke("hey").await?, "Once: HEY Twice: HEY");
/// let mut chunks = twice.stream("hey");
/// assert_eq!(chunks.next().await.unwrap()?, "Once: ");
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn stream_lambda<F, I, S, C>(f: F) -> StreamLambda<F, I, C>
where
    F: Fn(I, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    I: Chunked,
    C: Chunk,
{
    StreamLambda { f, source: Location::caller(), signature: PhantomData }
}

/// A step made of a function that returns a stream. Created by [`stream_lambda`].
#[must_use = "a chain does nothing until it is run"]
pub struct StreamLambda<F, I, C> {
    f: F,
    source: &'static Location<'static>,
    signature: PhantomData<fn(I) -> C>,
}

impl<F, I, S, C> Runnable for StreamLambda<F, I, C>
where
    F: Fn(I, RunContext) -> S + Clone + Send + Sync + 'static,
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
        ChunkStream::new((self.f)(input, cx))
    }

    fn info(&self) -> StepInfo {
        info_of::<F>("RunnableLambda", self.source)
    }
}

impl<F: Clone, I, C> Clone for StreamLambda<F, I, C> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, signature: PhantomData }
    }
}

impl<F, I, C> fmt::Debug for StreamLambda<F, I, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamLambda").field(&any::type_name::<F>()).finish()
    }
}
