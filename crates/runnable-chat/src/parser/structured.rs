//! The parser that returns an answer together with the value that was deserialized from it.

use std::{any, fmt, marker::PhantomData};

use futures_util::stream;
use runnable_core::{
    Chunk, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo,
};
use serde::{Serialize, Serializer, de::DeserializeOwned, ser::SerializeStruct};

use super::{answer_reader::AnswerReader, typed_answer::typed};
use crate::{AiMessage, AiMessageChunk, run_kind::PARSER};

/// An answer of a model, and the value that was deserialized from it.
///
/// It is the output of
/// [`ChatModel::with_structured_output_and_raw`](crate::ChatModel::with_structured_output_and_raw).
/// It serializes to the same JSON as LangChain's result: an object with `raw`, `parsed` and
/// `parsing_error`.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[doc(alias = "include_raw")]
pub struct StructuredAnswer<T> {
    /// The answer of the model, unchanged.
    pub raw: AiMessage,
    /// The value, or an error if the answer cannot be deserialized or the model refused to answer.
    pub parsed: Result<T>,
}

impl<T> StructuredAnswer<T> {
    /// Creates a result from an answer and a parsed value, for example in a test.
    pub fn new(raw: AiMessage, parsed: Result<T>) -> Self {
        Self { raw, parsed }
    }
}

/// A chunk of a [`StructuredAnswer`]. `C` is the chunk type of the value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StructuredAnswerChunk<C> {
    /// A chunk of the answer.
    pub raw: Option<AiMessageChunk>,
    /// A chunk of the value, or the parsing error.
    ///
    /// In a stream of [`include_raw`](super::include_raw), a chunk of the value follows the chunks of
    /// the answer that it results from. Otherwise, only the last chunk has this field. A parsing
    /// error is always in the last chunk.
    pub parsed: Option<Result<C>>,
}

impl<C: Chunk> Chunk for StructuredAnswerChunk<C> {
    type Whole = StructuredAnswer<C::Whole>;

    fn merge(&mut self, next: Self) {
        self.raw.merge(next.raw);
        match (&mut self.parsed, next.parsed) {
            (Some(Ok(parsed)), Some(Ok(next))) => parsed.merge(next),
            // Keep the first error, because merging must be associative.
            (Some(Err(_)), _) | (_, None) => {}
            (parsed, next) => *parsed = next,
        }
    }

    /// Returns whether the answer or the value has content. A parsing error is content, because it
    /// is a part of the output.
    fn has_content(&self) -> bool {
        self.raw.has_content()
            || self
                .parsed
                .as_ref()
                .is_some_and(|parsed| parsed.as_ref().map_or(true, Chunk::has_content))
    }
}

impl<T: Chunked> Chunked for StructuredAnswer<T> {
    type Chunk = StructuredAnswerChunk<T::Chunk>;

    fn into_chunk(self) -> Self::Chunk {
        let (raw, parsed) = (Some(self.raw.into_chunk()), Some(self.parsed.map(T::into_chunk)));
        StructuredAnswerChunk { raw, parsed }
    }

    fn from_chunk(chunk: Self::Chunk) -> Result<Self> {
        let raw = AiMessage::from_merged(chunk.raw)?;
        let parsed =
            chunk.parsed.map_or_else(T::from_no_chunks, |parsed| parsed.and_then(T::from_chunk));
        Ok(Self { raw, parsed })
    }
}

impl<T: Serialize> Serialize for StructuredAnswer<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(serializer, Some(&self.raw), Some(&self.parsed))
    }
}

impl<C: Serialize> Serialize for StructuredAnswerChunk<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(serializer, self.raw.as_ref(), self.parsed.as_ref())
    }
}

/// Serializes an answer or a chunk. Fields that a chunk does not have are omitted.
fn write<S: Serializer, T: Serialize>(
    serializer: S,
    raw: Option<&impl Serialize>,
    parsed: Option<&Result<T>>,
) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("StructuredAnswer", 3)?;
    match raw {
        Some(raw) => fields.serialize_field("raw", raw)?,
        None => fields.skip_field("raw")?,
    }
    match parsed {
        Some(parsed) => {
            fields.serialize_field("parsed", &parsed.as_ref().ok())?;
            let error = parsed.as_ref().err().map(ToString::to_string);
            fields.serialize_field("parsing_error", &error)?;
        }
        None => {
            fields.skip_field("parsed")?;
            fields.skip_field("parsing_error")?;
        }
    }
    fields.end()
}

/// A parser that returns a [`StructuredAnswer`]: the answer and its parsed value. Created by
/// [`JsonParser::with_raw`](super::JsonParser::with_raw).
#[doc(alias = "include_raw")]
#[must_use = "a chain does nothing until it is run"]
pub struct StructuredParser<T> {
    output: PhantomData<fn() -> T>,
}

impl<T> StructuredParser<T> {
    pub(super) fn new() -> Self {
        Self { output: PhantomData }
    }
}

impl<T: DeserializeOwned + Chunked> Runnable for StructuredParser<T> {
    type Input = AiMessage;
    type Output = StructuredAnswer<T>;

    async fn run(&self, raw: AiMessage, _: RunContext) -> Result<StructuredAnswer<T>> {
        let parsed = super::json_value::read(raw.clone()).and_then(typed);
        Ok(StructuredAnswer { raw, parsed })
    }

    fn run_stream(&self, raw: AiMessage, cx: RunContext) -> ChunkStream<StructuredAnswer<T>> {
        self.run_transform(InputStream::once(raw), cx)
    }

    fn run_transform(
        &self,
        raw: InputStream<AiMessage>,
        _: RunContext,
    ) -> ChunkStream<StructuredAnswer<T>> {
        // The reader is created with the first chunk of the answer. If there are no chunks, there
        // is no answer to parse.
        let state = Some((raw.into_chunks(), None::<AnswerReader>));
        ChunkStream::new(stream::try_unfold(state, |state| async move {
            let Some((mut raw, mut reader)) = state else {
                return Ok(None);
            };
            if let Some(chunk) = raw.next().await.transpose()? {
                reader.get_or_insert_with(AnswerReader::new).push(&chunk);
                let chunk = StructuredAnswerChunk { raw: Some(chunk), parsed: None };
                return Ok(Some((chunk, Some((raw, reader)))));
            }
            Ok(reader.map(|reader| {
                let parsed = reader.finish().and_then(typed).map(T::into_chunk);
                (StructuredAnswerChunk { raw: None, parsed: Some(parsed) }, None)
            }))
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("JsonOutputParser").with_kind(PARSER)
    }
}

impl<T> Clone for StructuredParser<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StructuredParser<T> {}

impl<T> fmt::Debug for StructuredParser<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StructuredParser").field(&any::type_name::<T>()).finish()
    }
}
