//! Messages of a conversation.
//!
//! Their JSON form is that of LangChain's messages: an object with a `type` (`system`, `human`,
//! `ai`, `tool`) and the `content`, which is text or a list of [standard content blocks]. All the
//! forms in which LangChain has stored messages are read, and that of most APIs, with a `role`.
//!
//! [standard content blocks]: https://docs.langchain.com/oss/python/langchain/messages

mod ai;
mod ai_chunk;
mod arguments;
mod block;
mod block_chunk;
mod block_chunks;
mod call_pieces;
mod content;
mod info;
mod media;
mod native;
mod plain;
mod read;
mod reasoning;
mod refusal;
mod text;
mod tool;
mod tool_call;
mod variant;
mod written;

pub use self::{
    ai::AiMessage,
    ai_chunk::AiMessageChunk,
    block::ContentBlock,
    block_chunk::{BlockChunk, BlockDelta},
    media::{Media, MediaSource},
    plain::{HumanMessage, SystemMessage},
    reasoning::ReasoningBlock,
    refusal::RefusalBlock,
    text::{Annotation, Citation, TextBlock},
    tool::{ToolMessage, ToolStatus},
    tool_call::{InvalidToolCall, ServerToolCall, ServerToolResult, ToolCall, ToolCallChunk},
    variant::{Message, ai, human, system},
};
