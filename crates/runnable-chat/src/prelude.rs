//! All that a chain with a chat model needs, in one import: `use runnable_chat::prelude::*;`.

pub use runnable_core::prelude::*;

pub use crate::{
    AiMessage, AiMessageChunk, ChatModel, ContentBlock, FinishReason, HumanMessage, Media, Message,
    Prompt, PromptTemplate, SystemMessage, ToolCall, ToolMessage, Usage, ai, human, json,
    json_value, prompt, system, text,
};
