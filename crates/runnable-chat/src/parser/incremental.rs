//! The step that parses the text of an answer with a reader.

use std::{fmt, marker::PhantomData};

use futures_util::stream;
use runnable_core::{
    Chunk, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, RunnableExt, StepInfo,
    calls::{Batch, Invoke, OutputStream},
};

use super::{ReadText, Source, source::text_stream};
use crate::{AiMessage, run_kind::PARSER};

/// A parser that reads the text of an answer while it grows.
///
/// Created by [`numbered_list`](super::numbered_list), [`xml_tags`](super::xml_tags),
/// [`without_thinking`](super::without_thinking) and similar functions. The step before the parser
/// can be a chat model or a step that returns text.
///
/// A stream yields output as soon as it is known. Each character is read once, and the output does
/// not depend on where the answer is split into chunks.
#[doc(alias("BaseTransformOutputParser", "BaseCumulativeTransformOutputParser"))]
#[must_use = "a chain does nothing until it is run"]
pub struct IncrementalParser<R, I> {
    pub(super) reader: R,
    input: PhantomData<fn(I)>,
}

impl<R: ReadText, I> IncrementalParser<R, I> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, input: PhantomData }
    }

    /// Returns a sentence for the prompt that asks the model for the format of this parser.
    ///
    /// Pass it to the prompt as a value, for example with
    /// [`partial`](crate::ChatPromptTemplate::partial).
    ///
    /// ```
    /// use runnable_chat::{AiMessage, parser::{IncrementalParser, numbered_list}};
    ///
    /// let list: IncrementalParser<_, AiMessage> = numbered_list();
    /// assert!(list.format_instructions().contains("1. "));
    /// ```
    #[doc(alias = "get_format_instructions")]
    pub fn format_instructions(&self) -> String {
        self.reader.format_instructions()
    }
}

/// Methods to call a parser outside a chain. There, its input type cannot be inferred, so these
/// methods accept an answer, or text that is converted to an answer.
impl<R: ReadText> IncrementalParser<R, AiMessage> {
    /// Parses an answer. See [`RunnableExt::invoke`].
    pub fn invoke(&self, answer: impl Into<AiMessage>) -> Invoke<Self> {
        RunnableExt::invoke(self, answer)
    }

    /// Parses an answer, and streams the result. See [`RunnableExt::stream`].
    pub fn stream(&self, answer: impl Into<AiMessage>) -> OutputStream<<R::Chunk as Chunk>::Whole> {
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

impl<R: ReadText, I: Source> Runnable for IncrementalParser<R, I> {
    type Input = I;
    type Output = <R::Chunk as Chunk>::Whole;

    async fn run(&self, source: I, _: RunContext) -> Result<Self::Output> {
        let mut reader = self.reader.clone();
        let mut merged = reader.push(&source.into_text())?;
        if let Some(last) = reader.finish()? {
            match &mut merged {
                Some(merged) => merged.merge(last),
                None => merged = Some(last),
            }
        }
        Self::Output::from_merged(merged)
    }

    fn run_stream(&self, source: I, cx: RunContext) -> ChunkStream<Self::Output> {
        self.run_transform(InputStream::once(source), cx)
    }

    fn run_transform(&self, source: InputStream<I>, _: RunContext) -> ChunkStream<Self::Output> {
        let state = Some((text_stream(source.into_chunks()), self.reader.clone()));
        ChunkStream::new(stream::try_unfold(state, |state| async move {
            let Some((mut text, mut reader)) = state else {
                return Ok(None);
            };
            while let Some(part) = text.next().await {
                if let Some(chunk) = reader.push(&part?)? {
                    return Ok(Some((chunk, Some((text, reader)))));
                }
            }
            Ok(reader.finish()?.map(|chunk| (chunk, None)))
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.reader.run_name()).with_kind(PARSER)
    }
}

impl<R: Clone, I> Clone for IncrementalParser<R, I> {
    fn clone(&self) -> Self {
        Self { reader: self.reader.clone(), input: PhantomData }
    }
}

impl<R: fmt::Debug, I> fmt::Debug for IncrementalParser<R, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IncrementalParser").field(&self.reader).finish()
    }
}
