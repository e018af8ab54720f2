//! A parser made of a function on text that is still growing.

use std::{borrow::Cow, fmt, marker::PhantomData};

use futures_core::Stream;
use runnable_core::{
    Chunk, ChunkStream, Result, RunContext, Runnable, RunnableExt, StepInfo,
    calls::{Batch, Invoke, OutputStream},
};

use super::{Source, source::text_stream};
use crate::{AiMessage, run_kind::PARSER};

/// Makes a parser of a function from the text of an answer, as it grows, to a stream of chunks.
///
/// The step before it may be a chat model or a step that returns text: the parser takes what it is
/// piped to. Its runs have the name that is given here, and the kind [`PARSER`]. A function on the
/// complete text is for [`parser`](super::parser()).
///
/// # Errors
///
/// The run fails with the first error of the stream.
///
/// # Examples
///
/// A parser that yields each line of a list when it is complete:
///
/// ```
/// use async_stream::try_stream;
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let items = stream_parser("Items", |mut text: ChunkStream<String>, _| {
///     try_stream! {
///         let mut unread = String::new();
///         while let Some(chunk) = text.next().await {
///             unread.push_str(&chunk?);
///             while let Some((line, rest)) = unread.split_once('\n') {
///                 yield vec![line.trim_start_matches("- ").to_owned()];
///                 unread = rest.to_owned();
///             }
///         }
///     }
/// });
///
/// assert_eq!(items.invoke("- tea\n- milk\n").await?, ["tea", "milk"]);
/// # Ok(())
/// # }
/// ```
pub fn stream_parser<F, I, S, C>(name: impl Into<Cow<'static, str>>, f: F) -> StreamParser<F, I, C>
where
    F: Fn(ChunkStream<String>, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    I: Source,
    C: Chunk,
{
    StreamParser { name: name.into(), f, signature: PhantomData }
}

/// A parser made of a function on text that is still growing. Created by [`stream_parser`].
#[must_use = "a chain does nothing until it is run"]
pub struct StreamParser<F, I, C> {
    name: Cow<'static, str>,
    f: F,
    signature: PhantomData<fn(I) -> C>,
}

/// Calls of a parser that stands alone. It takes an answer, and so it takes text, too.
impl<F, S, C> StreamParser<F, AiMessage, C>
where
    F: Fn(ChunkStream<String>, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    C: Chunk,
{
    /// Reads an answer: [`RunnableExt::invoke`].
    pub fn invoke(&self, answer: impl Into<AiMessage>) -> Invoke<Self> {
        RunnableExt::invoke(self, answer)
    }

    /// Reads an answer: [`RunnableExt::stream`].
    pub fn stream(&self, answer: impl Into<AiMessage>) -> OutputStream<C::Whole> {
        RunnableExt::stream(self, answer)
    }

    /// Reads several answers: [`RunnableExt::batch`].
    pub fn batch<A>(&self, answers: A) -> Batch<Self>
    where
        A: IntoIterator<Item: Into<AiMessage>>,
    {
        RunnableExt::batch(self, answers)
    }
}

impl<F, I, S, C> Runnable for StreamParser<F, I, C>
where
    F: Fn(ChunkStream<String>, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    I: Source,
    C: Chunk,
{
    type Input = I;
    type Output = C::Whole;

    async fn run(&self, source: I, cx: RunContext) -> Result<C::Whole> {
        self.run_stream(source, cx).concat().await
    }

    fn run_stream(&self, source: I, cx: RunContext) -> ChunkStream<C::Whole> {
        self.run_transform(ChunkStream::once(source), cx)
    }

    fn run_transform(&self, source: ChunkStream<I>, cx: RunContext) -> ChunkStream<C::Whole> {
        ChunkStream::new((self.f)(text_stream(source), cx))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).with_kind(PARSER)
    }
}

impl<F: Clone, I, C> Clone for StreamParser<F, I, C> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), f: self.f.clone(), signature: PhantomData }
    }
}

impl<F, I, C> fmt::Debug for StreamParser<F, I, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamParser").field(&self.name).finish()
    }
}
