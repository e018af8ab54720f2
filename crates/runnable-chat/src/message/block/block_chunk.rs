//! A chunk of a content block, and the rules for merging chunks into blocks.

use super::{ContentBlock, ReasoningBlock, RefusalBlock, TextBlock, ToolCallChunk};

/// A chunk of a content block of an answer.
///
/// A chunk with an index belongs to the latest block that has the same kind and the same index. A
/// chunk without an index continues the block directly before it, if that block has the same kind
/// and no index.
///
/// Services number tool calls in different ways. Therefore, chunks of tool calls follow additional
/// rules:
///
/// - A chunk without a tool name continues the call that has the same index, even if the IDs
///   differ. If the chunk has an ID but no index, it continues the call with that ID.
/// - A chunk with a tool name starts a new call if its ID differs from the ID of the call that it
///   would continue otherwise, or if the arguments of that call are complete. Some services give
///   every call the index 0, and some give two calls the same ID.
/// - When the answer is complete, each call without an ID receives an ID, and so does each call
///   with the ID of an earlier call. Unique IDs are necessary because a tool result refers to its
///   call by ID.
/// - If chunks of a call repeat the tool name, the call has the name once. If the name arrives in
///   parts before the arguments, the parts are joined.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BlockChunk {
    /// The index of the block among the blocks of its kind, if the provider numbers them.
    pub index: Option<u32>,
    /// The content that this chunk adds.
    pub delta: BlockDelta,
}

/// The content that a [`BlockChunk`] adds to its block.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BlockDelta {
    /// Text.
    Text(TextBlock),
    /// Reasoning text.
    Reasoning(ReasoningBlock),
    /// A part of a refusal.
    Refusal(RefusalBlock),
    /// A part of a tool call that the model requests.
    ToolCall(ToolCallChunk),
    /// A part of a tool call that the provider itself runs, such as a web search.
    ServerToolCall(ToolCallChunk),
    /// A complete block. It replaces an earlier complete block with the same index.
    Complete(ContentBlock),
}

/// The kind of content in a [`BlockDelta`].
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
    /// Creates a chunk of text.
    pub fn text(text: impl Into<String>) -> Self {
        BlockDelta::Text(TextBlock::new(text)).into()
    }

    /// Creates a chunk of reasoning text.
    pub fn reasoning(reasoning: impl Into<String>) -> Self {
        BlockDelta::Reasoning(ReasoningBlock::new(reasoning)).into()
    }

    /// Creates a chunk of a refusal.
    pub fn refusal(refusal: impl Into<String>) -> Self {
        BlockDelta::Refusal(RefusalBlock::new(refusal)).into()
    }

    /// Creates a chunk of a tool call that the model requests.
    pub fn tool_call(chunk: ToolCallChunk) -> Self {
        BlockDelta::ToolCall(chunk).into()
    }

    /// Creates a chunk that contains a complete block.
    pub fn complete(block: impl Into<ContentBlock>) -> Self {
        BlockDelta::Complete(block.into()).into()
    }

    /// Sets the index of the block that this chunk belongs to.
    #[must_use]
    #[inline]
    pub fn with_index(mut self, index: u32) -> Self {
        self.index = Some(index);
        self
    }

    /// Returns `false` if this chunk only announces a block, and adds no content to it.
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

    /// Returns the part of a tool call, if this chunk contains one.
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

    /// Returns the ID of the tool call, if this chunk is a part of a tool call and has an ID.
    pub(crate) fn call_id(&self) -> Option<&str> {
        self.as_call()?.identified()
    }

    pub(crate) fn names_a_tool(&self) -> bool {
        self.as_call().is_some_and(|call| call.named().is_some())
    }

    /// Merges the next chunk of the same block into this one.
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

    /// Converts the merged chunks of a block into a content block, if the answer was truncated
    /// inside this block.
    pub(crate) fn finish_cut(self) -> ContentBlock {
        match self.delta {
            BlockDelta::ToolCall(call) => {
                call.finish_cut().map_or_else(ContentBlock::InvalidToolCall, ContentBlock::ToolCall)
            }
            _ => self.finish(),
        }
    }

    /// Converts the merged chunks of a complete block into a content block.
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

/// Creates a chunk that contains the complete content block.
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
