//! The JSON of an answer, as it grows.

use futures_util::stream;
use runnable_core::{ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo};
use serde_json::Value;

use super::answer_reader::AnswerReader;
use crate::{AiMessage, run_kind::PARSER};

/// The JSON of an answer, whatever its type. It streams: each chunk is the value as far as it is
/// known, and replaces the one before it.
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
/// let known: Vec<_> = chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap()).collect();
/// assert_eq!(known[0], json!({"name": "A"}));
/// assert_eq!(known[1], json!({"name": "Ada", "born": 18}));
/// assert_eq!(known[2], json!({"name": "Ada", "born": 1815}));
/// # }
/// ```
///
/// A text or a number shows as far as it came; a key, when its value begins to; `true`, `false` and
/// `null`, when they are whole. A chunk that adds nothing to that gives none.
///
/// The JSON may stand in a Markdown fence, with text around it; after it, text may stand in any
/// case. Control characters in a text, such as line breaks, need not be escaped.
///
/// Each character is read once. A chunk takes as long to make however much is known; to read it, for
/// example as JSON, takes longer the more is known. Values may nest 128 deep.
///
/// # Errors
///
/// [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) with the place and an excerpt, when the
/// answer is no JSON, or ends before its JSON does: nothing is repaired. What could be read has
/// come in chunks by then. [`ErrorKind::ContentFilter`](runnable_core::ErrorKind::ContentFilter)
/// with the model's own words, when it refused to answer.
#[doc(alias("JsonOutputParser", "SimpleJsonOutputParser"))]
pub fn json_value() -> JsonValueParser {
    JsonValueParser { _private: () }
}

/// A step from an answer to its JSON. Made by [`json_value`].
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
        self.run_transform(ChunkStream::once(answer), cx)
    }

    fn run_transform(&self, answer: ChunkStream<AiMessage>, _: RunContext) -> ChunkStream<Value> {
        let state = Some((answer, AnswerReader::new()));
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
                if let Some(known) = reader.push(&chunk?) {
                    return Ok(Some((known, Some((answer, reader)))));
                }
            }
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("JsonOutputParser").with_kind(PARSER)
    }
}

/// The JSON of a whole answer.
pub(super) fn read(answer: AiMessage) -> Result<Value> {
    let mut reader = AnswerReader::new();
    reader.push(&answer.into_chunk());
    reader.finish()
}
