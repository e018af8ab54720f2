//! The parser that returns the JSON in an answer, and can stream it.

use futures_util::stream;
use runnable_core::{ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo};
use serde_json::Value;

use super::answer_reader::AnswerReader;
use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser that returns the JSON in an answer as a [`Value`].
///
/// A stream yields the JSON while it grows. Each chunk contains the complete value so far, and
/// replaces the previous chunk.
///
/// ```
/// use futures::{StreamExt, stream};
/// use runnable_chat::prelude::*;
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let pieces = [r#"Sure: ```json {"name": "A"#, r#"da", "born": 18"#, "15} ```"];
/// let answer = stream::iter(pieces.map(|piece| Ok(AiMessageChunk::new(piece))));
///
/// let chunks: Vec<_> = json_value().transform(answer).map(Result::unwrap).collect().await;
/// let values: Vec<_> = chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap()).collect();
/// assert_eq!(values[0], json!({"name": "A"}));
/// assert_eq!(values[1], json!({"name": "Ada", "born": 18}));
/// assert_eq!(values[2], json!({"name": "Ada", "born": 1815}));
/// # }
/// ```
///
/// # Incomplete values
///
/// If a string or a number is incomplete, a chunk contains the part that has been received. A chunk
/// contains a key as soon as the value of the key starts. It contains `true`, `false` and `null`
/// only when they are complete. Chunks of the answer that change nothing are skipped.
///
/// # Accepted answers
///
/// The JSON can be in a Markdown code fence, with other text before and after the fence. Without a
/// fence, text is accepted only after the JSON. Control characters in strings, such as line breaks,
/// need not be escaped. Values can be nested up to 128 levels.
///
/// # Performance
///
/// Each character is parsed once. The cost of creating a chunk does not depend on the size of the
/// value. Reading a chunk, for example to serialize it, takes time in proportion to the size of the
/// value. A listener that stores every chunk, such as an event stream or a recorder, therefore stores
/// the value once per chunk: the total grows with the square of the size of the answer.
///
/// # Errors
///
/// The step returns
///
/// - [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) if the answer does not contain valid
///   JSON, or ends before the JSON is complete. Incomplete JSON is never repaired. The message
///   contains the position and an excerpt. If this happens in a stream, the stream has already
///   yielded the part before the error;
/// - [`ErrorKind::ContentFilter`](runnable_core::ErrorKind::ContentFilter) if the model refused to
///   answer. The message contains the refusal.
#[doc(alias("JsonOutputParser", "SimpleJsonOutputParser"))]
pub fn json_value() -> JsonValueParser {
    JsonValueParser { _private: () }
}

/// A parser that returns the JSON in an answer. Created by [`json_value`].
#[doc(alias("JsonOutputParser", "SimpleJsonOutputParser"))]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct JsonValueParser {
    _private: (),
}

impl Runnable for JsonValueParser {
    type Input = AiMessage;
    type Output = Value;

    async fn run(&self, answer: AiMessage, _: RunContext) -> Result<Value> {
        read(answer)
    }

    fn run_stream(&self, answer: AiMessage, cx: RunContext) -> ChunkStream<Value> {
        self.run_transform(InputStream::once(answer), cx)
    }

    fn run_transform(&self, answer: InputStream<AiMessage>, _: RunContext) -> ChunkStream<Value> {
        let state = Some((answer.into_chunks(), AnswerReader::new()));
        ChunkStream::new(stream::try_unfold(state, |state| async move {
            let Some((mut answer, mut reader)) = state else {
                return Ok(None);
            };
            loop {
                reader.check()?;
                let Some(chunk) = answer.next().await else {
                    let unseen = reader.ends_unseen();
                    let value = reader.finish()?;
                    let unseen = unseen && !value.is_null();
                    return Ok(unseen.then(|| (value.into_chunk(), None)));
                };
                if let Some(update) = reader.push(&chunk?) {
                    return Ok(Some((update, Some((answer, reader)))));
                }
            }
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("JsonOutputParser").with_kind(PARSER)
    }
}

/// Returns the JSON of a complete answer.
pub(super) fn read(answer: AiMessage) -> Result<Value> {
    let mut reader = AnswerReader::new();
    reader.push(&answer.into_chunk());
    reader.finish()
}
