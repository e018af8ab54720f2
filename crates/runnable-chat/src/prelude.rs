//! All that a chain with a chat model needs, in one import: `use runnable_chat::prelude::*;`.

pub use runnable_core::prelude::*;

pub use crate::{
    AiMessage, AiMessageChunk, ChatModel, ContentBlock, Document, EmbeddingModel, FinishReason,
    HumanMessage, Media, Message, Prompt, PromptTemplate, SystemMessage, TextModel, Tool, ToolCall,
    ToolMessage, Toolbox, Usage, ai, ai_template, human, human_template, json, json_value, parser,
    placeholder, prompt, retriever, stream_parser, system, system_template, text, tool, tools,
    typed_tool,
};
