//! The blocks that messages are made of, and the pieces in which a stream brings them.

mod arguments;
mod block_chunk;
mod block_chunks;
mod call_pieces;
mod content_block;
mod media;
mod provider_spelling;
mod reasoning;
mod refusal;
mod text;
mod tool_call;

pub(crate) use self::block_chunks::BlockChunks;
pub use self::{
    block_chunk::{BlockChunk, BlockDelta},
    content_block::ContentBlock,
    media::{Media, MediaSource},
    reasoning::ReasoningBlock,
    refusal::RefusalBlock,
    text::{Annotation, Citation, TextBlock},
    tool_call::{InvalidToolCall, ServerToolCall, ServerToolResult, ToolCall, ToolCallChunk},
};
