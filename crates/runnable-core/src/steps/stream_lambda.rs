//! [`StreamLambda`]: a step that is made from a function that returns a stream.

use std::{any, fmt, marker::PhantomData, panic::Location};

use futures_core::Stream;

use super::name::info_of;
use crate::{Chunk, ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo};

/// Creates a step from a function that receives a complete input and returns a stream of chunks.
///
/// Use this for a step that streams its output and calls other steps. The easiest way to write the
/// stream is the macro `try_stream!` of the crate [`async-stream`](https://docs.rs/async-stream),
/// which is in the prelude of `runnable`. Each `yield` is a chunk, and `?` ends the stream with an
/// error, unless it is inside another macro. Pass other steps to the function with
/// [`capture`](super::capture), so that you do not have to clone them.
///
/// If the step is invoked, it returns the merged chunks. For a function that receives its input in
/// chunks, use [`generator`](super::generator).
///
/// # Errors
///
/// Returns the first error of the stream.
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
#[doc(alias("RunnableGenerator", "transform"))]
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

/// A step that is made from a function that returns a stream. Created by [`stream_lambda`].
#[doc(alias = "RunnableGenerator")]
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
