//! Parsers that are created from a function of a stream of text.

use std::{borrow::Cow, fmt, marker::PhantomData};

use futures_core::Stream;
use runnable_core::{
    Chunk, ChunkStream, InputStream, Result, RunContext, Runnable, RunnableExt, StepInfo,
    calls::{Batch, Invoke, OutputStream},
};

use super::{Source, source::text_stream};
use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser from a function that turns a stream of text into a stream of chunks.
///
/// The step before the parser can be a chat model or a step that returns text. `name` is the name
/// of the parser's runs, whose kind is [`PARSER`]. To parse the complete text, use
/// [`parser`](super::parser()).
///
/// # Errors
///
/// The step fails with the first error of the function's stream.
///
/// # Examples
///
/// This parser yields each line of a list as soon as the line is complete:
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
#[doc(alias(
    "RunnableGenerator",
    "BaseTransformOutputParser",
    "BaseCumulativeTransformOutputParser"
))]
pub fn stream_parser<F, I, S, C>(name: impl Into<Cow<'static, str>>, f: F) -> StreamParser<F, I, C>
where
    F: Fn(ChunkStream<String>, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    I: Source,
    C: Chunk,
{
    StreamParser { name: name.into(), f, signature: PhantomData }
}

/// A parser that calls a function with the stream of text of an answer. Created by
/// [`stream_parser`].
#[doc(alias("BaseTransformOutputParser", "BaseCumulativeTransformOutputParser"))]
#[must_use = "a chain does nothing until it is run"]
pub struct StreamParser<F, I, C> {
    name: Cow<'static, str>,
    f: F,
    signature: PhantomData<fn(I) -> C>,
}

/// Methods to call a parser outside a chain. There, its input type cannot be inferred, so these
/// methods accept an answer, or text that is converted to an answer.
impl<F, S, C> StreamParser<F, AiMessage, C>
where
    F: Fn(ChunkStream<String>, RunContext) -> S + Clone + Send + Sync + 'static,
    S: Stream<Item = Result<C>> + Send + 'static,
    C: Chunk,
{
    /// Parses an answer. See [`RunnableExt::invoke`].
    pub fn invoke(&self, answer: impl Into<AiMessage>) -> Invoke<Self> {
        RunnableExt::invoke(self, answer)
    }

    /// Parses an answer, and streams the result. See [`RunnableExt::stream`].
    pub fn stream(&self, answer: impl Into<AiMessage>) -> OutputStream<C::Whole> {
        RunnableExt::stream(self, answer)
    }

    /// Parses several answers. See [`RunnableExt::batch`].
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
        self.run_transform(InputStream::once(source), cx)
    }

    fn run_transform(&self, source: InputStream<I>, cx: RunContext) -> ChunkStream<C::Whole> {
        ChunkStream::new((self.f)(text_stream(source.into_chunks()), cx))
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
