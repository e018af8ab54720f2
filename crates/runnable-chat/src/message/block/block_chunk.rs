//! A piece of a content block, and how pieces become blocks.

use super::{ContentBlock, ReasoningBlock, RefusalBlock, TextBlock, ToolCallChunk};

/// A piece of a content block of an answer.
///
/// A piece with an index belongs to the block of its kind that came last with this index. A piece
/// without one continues the block right before it, if that is of its kind and has no index
/// either.
///
/// Services count tool calls in many ways, so for them there is more to say:
///
/// - A piece without the name of a tool continues the call of its index, whatever its id says. If it
///   has an id and no index, it continues the call of that id.
/// - A piece with a name begins a call if the id differs, or if the arguments before it are complete.
///   Some services give all their calls the index 0, and some give two calls the same id.
/// - A call without an id gets one when the answer is complete, and so does a call whose id another
///   has: the answer of a tool finds its call by the id.
/// - A name that is repeated stands once. A name that comes in pieces, before the arguments, is
///   joined.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BlockChunk {
    /// Which of the blocks of its kind it belongs to, if its provider counts them.
    pub index: Option<u32>,
    /// What it adds.
    pub delta: BlockDelta,
}

/// What a [`BlockChunk`] adds to its block.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BlockDelta {
    /// Text.
    Text(TextBlock),
    /// Thoughts.
    Reasoning(ReasoningBlock),
    /// A refusal.
    Refusal(RefusalBlock),
    /// A call of a tool.
    ToolCall(ToolCallChunk),
    /// A call that the provider makes itself.
    ServerToolCall(ToolCallChunk),
    /// A block that comes all at once. With an index, it replaces the one that was there.
    Complete(ContentBlock),
}

/// The kinds of [`BlockDelta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Text,
    Reasoning,
    Refusal,
    ToolCall,
    ServerToolCall,
    Whole,
}

impl BlockChunk {
    /// A piece of text.
    pub fn text(text: impl Into<String>) -> Self {
        BlockDelta::Text(TextBlock::new(text)).into()
    }

    /// A piece of the model's thoughts.
    pub fn reasoning(reasoning: impl Into<String>) -> Self {
        BlockDelta::Reasoning(ReasoningBlock::new(reasoning)).into()
    }

    /// A piece of a refusal.
    pub fn refusal(refusal: impl Into<String>) -> Self {
        BlockDelta::Refusal(RefusalBlock::new(refusal)).into()
    }

    /// A piece of a tool call.
    pub fn tool_call(chunk: ToolCallChunk) -> Self {
        BlockDelta::ToolCall(chunk).into()
    }

    /// A block that comes all at once.
    pub fn complete(block: impl Into<ContentBlock>) -> Self {
        BlockDelta::Complete(block.into()).into()
    }

    /// The same piece, of the block with this index.
    #[must_use]
    #[inline]
    pub fn with_index(mut self, index: u32) -> Self {
        self.index = Some(index);
        self
    }

    /// Whether it adds more than the place of a block that has yet to come.
    pub(crate) fn has_content(&self) -> bool {
        match &self.delta {
            BlockDelta::Text(block) | BlockDelta::Complete(ContentBlock::Text(block)) => {
                block.has_content()
            }
            BlockDelta::Reasoning(block) | BlockDelta::Complete(ContentBlock::Reasoning(block)) => {
                block.has_content()
            }
            BlockDelta::Refusal(block) | BlockDelta::Complete(ContentBlock::Refusal(block)) => {
                !block.refusal.is_empty()
            }
            BlockDelta::ToolCall(call) | BlockDelta::ServerToolCall(call) => call.has_content(),
            BlockDelta::Complete(_) => true,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.delta {
            BlockDelta::Text(_) => Kind::Text,
            BlockDelta::Reasoning(_) => Kind::Reasoning,
            BlockDelta::Refusal(_) => Kind::Refusal,
            BlockDelta::ToolCall(_) => Kind::ToolCall,
            BlockDelta::ServerToolCall(_) => Kind::ServerToolCall,
            BlockDelta::Complete(_) => Kind::Whole,
        }
    }

    /// The piece of a tool call, if it is one.
    pub(crate) fn as_call(&self) -> Option<&ToolCallChunk> {
        match &self.delta {
            BlockDelta::ToolCall(call) | BlockDelta::ServerToolCall(call) => Some(call),
            _ => None,
        }
    }

    pub(crate) fn as_call_mut(&mut self) -> Option<&mut ToolCallChunk> {
        match &mut self.delta {
            BlockDelta::ToolCall(call) | BlockDelta::ServerToolCall(call) => Some(call),
            _ => None,
        }
    }

    /// The id of the call that it is a piece of, if it says so.
    pub(crate) fn call_id(&self) -> Option<&str> {
        self.as_call()?.identified()
    }

    pub(crate) fn names_a_tool(&self) -> bool {
        self.as_call().is_some_and(|call| call.named().is_some())
    }

    /// Absorbs the next piece of the same block.
    pub(crate) fn merge(&mut self, next: Self) {
        self.index = next.index.or(self.index);
        match (&mut self.delta, next.delta) {
            (BlockDelta::Text(block), BlockDelta::Text(next)) => block.merge(next),
            (BlockDelta::Reasoning(block), BlockDelta::Reasoning(next)) => block.merge(next),
            (BlockDelta::Refusal(block), BlockDelta::Refusal(next)) => block.merge(next),
            (BlockDelta::ToolCall(call), BlockDelta::ToolCall(next)) => call.merge(next),
            (BlockDelta::ServerToolCall(call), BlockDelta::ServerToolCall(next)) => {
                call.merge(next);
            }
            (block, next) => *block = next,
        }
    }

    /// What the pieces make up of the block in which the answer was cut.
    pub(crate) fn finish_cut(self) -> ContentBlock {
        match self.delta {
            BlockDelta::ToolCall(call) => {
                call.finish_cut().map_or_else(ContentBlock::InvalidToolCall, ContentBlock::ToolCall)
            }
            _ => self.finish(),
        }
    }

    /// The block that the pieces make up.
    pub(crate) fn finish(self) -> ContentBlock {
        match self.delta {
            BlockDelta::Text(block) => ContentBlock::Text(block),
            BlockDelta::Reasoning(block) => ContentBlock::Reasoning(block),
            BlockDelta::Refusal(block) => ContentBlock::Refusal(block),
            BlockDelta::ToolCall(call) => {
                call.finish().map_or_else(ContentBlock::InvalidToolCall, ContentBlock::ToolCall)
            }
            BlockDelta::ServerToolCall(call) => call
                .finish_on_server()
                .map_or_else(ContentBlock::InvalidToolCall, ContentBlock::ServerToolCall),
            BlockDelta::Complete(block) => block,
        }
    }
}

impl From<BlockDelta> for BlockChunk {
    #[inline]
    fn from(delta: BlockDelta) -> Self {
        Self { index: None, delta }
    }
}

/// The one piece that a whole block comes in.
impl From<ContentBlock> for BlockChunk {
    fn from(block: ContentBlock) -> Self {
        let delta = match block {
            ContentBlock::Text(block) => BlockDelta::Text(block),
            ContentBlock::Reasoning(block) => BlockDelta::Reasoning(block),
            ContentBlock::Refusal(block) => BlockDelta::Refusal(block),
            other => BlockDelta::Complete(other),
        };
        delta.into()
    }
}
