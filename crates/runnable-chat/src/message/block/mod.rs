//! The content blocks of messages, and the chunks of blocks in a stream.

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
