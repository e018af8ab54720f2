//! The text of an answer.

use futures_util::{StreamExt, future};
use runnable_core::{ChunkStream, Result, RunContext, Runnable, StepInfo};

use crate::{AiMessage, run_kind::PARSER};

/// The text of an answer, chunk by chunk as it comes. A chunk of the answer without text gives none.
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

/// A step from an answer to its text. Made by [`text`].
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
        self.run_transform(ChunkStream::once(answer), cx)
    }

    fn run_transform(&self, answer: ChunkStream<AiMessage>, _: RunContext) -> ChunkStream<String> {
        let texts = answer.filter_map(|chunk| {
            let text = chunk.map(|chunk| Some(chunk.into_text()).filter(|text| !text.is_empty()));
            future::ready(text.transpose())
        });
        ChunkStream::new(texts)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("StrOutputParser").with_kind(PARSER)
    }
}
