//! The messages of a conversation: system, human, AI and tool messages, and their content blocks.
//!
//! Messages serialize to the JSON of LangChain's messages: an object with a `type` (`system`,
//! `human`, `ai` or `tool`) and the `content`, which is a string or an array of
//! [standard content blocks]. Deserializing accepts every form in which LangChain has stored
//! messages, and also messages with a `role`, as in most APIs.
//!
//! [standard content blocks]: https://docs.langchain.com/oss/python/langchain/messages

mod ai_message;
mod ai_message_chunk;
mod answer;
mod block;
mod content;
mod human_and_system;
mod json;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod message;
mod tool_message;

pub use self::{
    ai_message::AiMessage,
    ai_message_chunk::AiMessageChunk,
    answer::{
        AnswerCacheDetails, FinishReason, InputTokenDetails, OutputTokenDetails, RateLimit,
        RateLimitReset, TokenLogprob, Usage,
    },
    block::{
        Annotation, BlockChunk, BlockDelta, Citation, ContentBlock, InvalidToolCall, Media,
        MediaSource, ReasoningBlock, RefusalBlock, ServerToolCall, ServerToolResult, TextBlock,
        ToolCall, ToolCallChunk,
    },
    human_and_system::{HumanMessage, SystemMessage},
    message::{Message, ai, human, system},
    tool_message::{ToolMessage, ToolStatus},
};
