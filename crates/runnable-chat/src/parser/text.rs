//! The parser that returns the text of an answer.

use futures_util::{StreamExt, future};
use runnable_core::{ChunkStream, InputStream, Result, RunContext, Runnable, StepInfo};

use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser that returns the text of an answer.
///
/// A stream yields the text of each chunk as it arrives. Chunks without text are skipped.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// assert_eq!(text().invoke(AiMessage::new("Hello!")).await?, "Hello!");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "StrOutputParser")]
pub fn text() -> TextParser {
    TextParser { _private: () }
}

/// A parser that returns the text of an answer. Created by [`text`].
#[doc(alias = "StrOutputParser")]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct TextParser {
    _private: (),
}

impl Runnable for TextParser {
    type Input = AiMessage;
    type Output = String;

    async fn run(&self, answer: AiMessage, _: RunContext) -> Result<String> {
        Ok(answer.text().into_owned())
    }

    fn run_stream(&self, answer: AiMessage, cx: RunContext) -> ChunkStream<String> {
        self.run_transform(InputStream::once(answer), cx)
    }

    fn run_transform(&self, answer: InputStream<AiMessage>, _: RunContext) -> ChunkStream<String> {
        let texts = answer.into_chunks().filter_map(|chunk| {
            let text = chunk.map(|chunk| Some(chunk.into_text()).filter(|text| !text.is_empty()));
            future::ready(text.transpose())
        });
        ChunkStream::new(texts)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("StrOutputParser").with_kind(PARSER)
    }
}
