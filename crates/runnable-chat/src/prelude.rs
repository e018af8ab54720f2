//! The items that most chains with chat models need: `use runnable_chat::prelude::*;`.

pub use runnable_core::prelude::*;

pub use crate::{
    AiMessage, AiMessageChunk, ChatModel, ChatPromptTemplate, ContentBlock, Document,
    EmbeddingModel, FinishReason, HumanMessage, Media, Message, PromptValue, SpendingLimit,
    SpendingLimitExt, SystemMessage, TextModel, Tool, ToolCall, ToolMessage, Toolbox, Usage,
    UsageMeter, ai, ai_template, human, human_template, json, json_value, messages_placeholder,
    parser, prompt, retriever, stream_parser, system, system_template, text, tool, toolbox,
    typed_tool,
};
