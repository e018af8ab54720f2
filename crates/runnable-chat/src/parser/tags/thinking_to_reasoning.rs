//! The step that turns the thinking in the text of an answer into reasoning blocks.

use futures_util::stream;
use runnable_core::{
    Chunk, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo,
};

use super::thinking::{Found, ThinkingReader};
use crate::{
    AiMessage, AiMessageChunk,
    message::{BlockChunk, BlockDelta, TextBlock},
    run_kind::PARSER,
};

/// Creates a step that turns the thinking in the text of an answer into reasoning.
///
/// Models without a separate field for their reasoning write it into their text, in the tags
/// `<think>`, `<thinking>`, `<thought>` or `<reasoning>`. The step removes these tags at the start of
/// the text, and puts their contents into [reasoning blocks](crate::message::ReasoningBlock), as
/// other providers do. All other content and the details of the answer are unchanged. White space at
/// both ends of the reasoning is removed.
///
/// A stream yields the reasoning and the text as they arrive. If the answer ends while the model
/// thinks, the message has only reasoning, and its finish reason usually says why. To get only the
/// text, use [`without_thinking`](super::without_thinking).
///
/// ```
/// use runnable_chat::{parser::thinking_to_reasoning, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let answer = AiMessage::new("<think>\n2 and 2…\n</think>\n\nFour.");
/// let answer = thinking_to_reasoning().invoke(answer).await?;
/// assert_eq!(answer.text(), "Four.");
/// assert_eq!(answer.reasoning(), "2 and 2…");
/// # Ok(())
/// # }
/// ```
///
/// Pipe a model to the step before you keep its conversations, so that later requests do not contain
/// the tags: `model.pipe(thinking_to_reasoning()).with_conversations(&conversations)`.
pub fn thinking_to_reasoning() -> ThinkingToReasoning {
    ThinkingToReasoning { reader: ThinkingReader::new() }
}

/// A step that turns the thinking in the text of an answer into reasoning. Created by
/// [`thinking_to_reasoning`].
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct ThinkingToReasoning {
    reader: ThinkingReader,
}

impl ThinkingToReasoning {
    /// Also reads thinking that is not at the start of the text.
    pub fn anywhere(mut self) -> Self {
        self.reader.read_anywhere();
        self
    }

    /// Reads the start of the text as thinking, up to the first end tag.
    ///
    /// Use it for models whose chat template already contains the start tag, so that the answer
    /// contains only the end tag.
    pub fn starts_thinking(mut self) -> Self {
        self.reader.start_thinking();
        self
    }
}

/// Splits the text of an answer while it arrives.
struct Splitter {
    reader: ThinkingReader,
    /// The index of the last text block.
    index: Option<u32>,
    reasoning: Trimmed,
    has_yielded: bool,
}

/// Removes white space at both ends of a text that arrives in parts.
#[derive(Default)]
struct Trimmed {
    has_started: bool,
    /// The white space at the end so far.
    space: String,
}

impl Trimmed {
    fn next(&mut self, part: &str) -> String {
        let part = if self.has_started { part } else { part.trim_start() };
        let visible = part.trim_end();
        if visible.is_empty() {
            self.space.push_str(part);
            return String::new();
        }
        self.has_started = true;
        let mut next = std::mem::take(&mut self.space);
        next.push_str(visible);
        self.space.push_str(&part[visible.len()..]);
        next
    }
}

impl Splitter {
    fn new(reader: ThinkingReader) -> Self {
        Self { reader, index: None, reasoning: Trimmed::default(), has_yielded: false }
    }

    fn split(&mut self, chunk: AiMessageChunk) -> AiMessageChunk {
        let Self { reader, index, reasoning, .. } = self;
        let chunk = chunk.replace_blocks(|block, parts| {
            let BlockDelta::Text(mut text) = block.delta else {
                parts.push(block);
                return;
            };
            *index = block.index;
            let whole = std::mem::take(&mut text.text);
            reader.read(&whole, |found| add(found, *index, reasoning, parts));
            if !text.is_plain() {
                // Citations and other fields belong to the text.
                parts.push(at(*index, BlockDelta::Text(text)));
            }
        });
        self.has_yielded |= !chunk.is_empty();
        chunk
    }

    /// Returns the end of the answer. An answer without any content is an empty chunk.
    fn finish(mut self) -> Option<AiMessageChunk> {
        let mut parts = Vec::new();
        self.reader.read_end(|found| add(found, self.index, &mut self.reasoning, &mut parts));
        let empty = AiMessageChunk::default();
        let chunk = parts.into_iter().fold(empty, |chunk, part| chunk.with_block(part));
        (!chunk.is_empty() || !self.has_yielded).then_some(chunk)
    }
}

fn add(found: Found<'_>, index: Option<u32>, reasoning: &mut Trimmed, parts: &mut Vec<BlockChunk>) {
    let part = match found {
        Found::Text("") => return,
        Found::Text(text) => BlockDelta::Text(TextBlock::new(text)),
        Found::Thinking(text) => match reasoning.next(text) {
            text if text.is_empty() => return,
            text => BlockChunk::reasoning(text).delta,
        },
    };
    parts.push(at(index, part));
}

fn at(index: Option<u32>, delta: BlockDelta) -> BlockChunk {
    let mut block = BlockChunk::from(delta);
    block.index = index;
    block
}

impl Runnable for ThinkingToReasoning {
    type Input = AiMessage;
    type Output = AiMessage;

    async fn run(&self, answer: AiMessage, _: RunContext) -> Result<AiMessage> {
        let mut splitter = Splitter::new(self.reader.clone());
        let mut chunk = splitter.split(answer.into_chunk());
        splitter.finish().into_iter().for_each(|end| chunk.merge(end));
        AiMessage::from_chunk(chunk)
    }

    fn run_stream(&self, answer: AiMessage, cx: RunContext) -> ChunkStream<AiMessage> {
        self.run_transform(InputStream::once(answer), cx)
    }

    fn run_transform(
        &self,
        answer: InputStream<AiMessage>,
        _: RunContext,
    ) -> ChunkStream<AiMessage> {
        let state = Some((answer.into_chunks(), Splitter::new(self.reader.clone())));
        ChunkStream::new(stream::try_unfold(state, |state| async move {
            let Some((mut chunks, mut splitter)) = state else { return Ok(None) };
            while let Some(chunk) = chunks.next().await {
                let chunk = splitter.split(chunk?);
                if !chunk.is_empty() {
                    return Ok(Some((chunk, Some((chunks, splitter)))));
                }
            }
            Ok(splitter.finish().map(|chunk| (chunk, None)))
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("ThinkingToReasoning").with_kind(PARSER)
    }
}
