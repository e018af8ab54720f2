//! The parser that deserializes the JSON in an answer while it grows.

use std::{any, fmt, marker::PhantomData};

use futures_util::stream;
use runnable_core::{AtOnce, ChunkStream, InputStream, Result, RunContext, Runnable, StepInfo};

use super::{
    growing_json::{FromGrowingJson, GrowingJson},
    json_value::read,
    typed_answer::typed,
};
use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser that deserializes the JSON in an answer while it grows.
///
/// Each chunk of the stream is a complete `T`, wrapped in [`AtOnce`], and replaces the chunk before
/// it. It contains the part of the JSON that has been received:
///
/// - A field is known as soon as its value starts. Strings and numbers grow: `25` is first `2`.
/// - Fields that are not known yet are missing, so give them a default, with `Option` or
///   `#[serde(default)]`.
/// - A value that does not fit into its type before it is complete is left out until it does: for
///   example an item of a list whose required fields are not known yet, or the start of a date.
///
/// The last chunk, and the result of `invoke`, is the complete value. All required fields must then
/// be present.
///
/// ```
/// use futures::{StreamExt, stream};
/// use runnable_chat::{parser::json_partial, prelude::*};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize)]
/// #[serde(default)]
/// struct Person {
///     name: String,
///     born: Option<u16>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let pieces = [r#"{"name": "A"#, r#"da", "bor"#, r#"n": 1815}"#];
/// let answer = stream::iter(pieces.map(|piece| Ok(AiMessageChunk::new(piece))));
///
/// let mut people = json_partial::<Person>().transform(answer);
/// let AtOnce(first) = people.next().await.unwrap().unwrap();
/// assert_eq!((first.name.as_str(), first.born), ("A", None));
///
/// let AtOnce(last) = people.concat().await.unwrap();
/// assert_eq!((last.name.as_str(), last.born), ("Ada", Some(1815)));
/// # }
/// ```
///
/// The parser accepts the same answers as [`json_value`](super::json_value()). It needs no derive of
/// this library on `T`.
///
/// # Performance
///
/// The time is in proportion to the length of the answer. For this, chunks of long answers are less
/// frequent: after a chunk, the answer must grow by 1/64 before the next chunk. Up to 64
/// characters, every change is a chunk.
///
/// # Errors
///
/// The step returns the errors of [`json`](super::json). If the answer is invalid, the stream has
/// already yielded the part before the error.
#[doc(alias("JsonOutputParser", "PydanticOutputParser"))]
pub fn json_partial<T: FromGrowingJson>() -> JsonPartialParser<T> {
    JsonPartialParser { output: PhantomData }
}

/// A parser that deserializes the JSON in an answer while it grows. Created by [`json_partial`].
#[doc(alias("JsonOutputParser", "PydanticOutputParser"))]
#[must_use = "a chain does nothing until it is run"]
pub struct JsonPartialParser<T> {
    output: PhantomData<fn() -> T>,
}

impl<T: FromGrowingJson> Runnable for JsonPartialParser<T> {
    type Input = AiMessage;
    type Output = AtOnce<T>;

    async fn run(&self, answer: AiMessage, _: RunContext) -> Result<AtOnce<T>> {
        read(answer).and_then(typed).map(AtOnce)
    }

    fn run_stream(&self, answer: AiMessage, cx: RunContext) -> ChunkStream<AtOnce<T>> {
        self.run_transform(InputStream::once(answer), cx)
    }

    fn run_transform(
        &self,
        answer: InputStream<AiMessage>,
        _: RunContext,
    ) -> ChunkStream<AtOnce<T>> {
        let state = Some((answer.into_chunks(), GrowingJson::new()));
        ChunkStream::new(stream::try_unfold(state, |state| async move {
            let Some((mut answer, mut json)) = state else {
                return Ok(None);
            };
            loop {
                json.check()?;
                let Some(chunk) = answer.next().await else {
                    return Ok(Some((AtOnce(json.finish()?), None)));
                };
                if let Some(value) = json.push(&chunk?) {
                    return Ok(Some((AtOnce(value), Some((answer, json)))));
                }
            }
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("JsonOutputParser").with_kind(PARSER)
    }
}

impl<T> Clone for JsonPartialParser<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for JsonPartialParser<T> {}

impl<T> fmt::Debug for JsonPartialParser<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonPartialParser").field(&any::type_name::<T>()).finish()
    }
}
