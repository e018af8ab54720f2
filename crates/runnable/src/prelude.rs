//! Everything that most programs need: `use runnable::prelude::*;`.
//!
//! The prelude contains the names that programs write. It leaves out types that functions only
//! return, and names that programs often import from other crates. The [root](crate) has these
//! names.

#[cfg(feature = "blocking")]
pub use crate::blocking::Blocking;
#[cfg(feature = "events")]
pub use crate::events::{ConsoleTree, EventData, StreamEventsExt};
#[cfg(feature = "try_stream")]
pub use crate::try_stream;
pub use crate::{
    AiMessage, AiMessageChunk, AtOnce, ChatModel, Chunk, ChunkStream, Chunked, ContentBlock, Dict,
    Document, DynRunnable, Error, ErrorKind, HumanMessage, InputStream, Media, Message,
    PromptValue, Result, RetryPolicy, RunConfig, RunContext, Runnable, RunnableExt, SpendingLimit,
    SpendingLimitExt, SystemMessage, Timeouts, ToolCall, ToolMessage, UsageMeter, ai, ai_template,
    assign, async_lambda, branch, capture, choose, configurable_model, dict, generator, human,
    human_template, impl_at_once, init_chat_model, inspect, json, json_value, lambda, map_chunks,
    messages_placeholder, parallel, parallel_dict, parallel_struct, parser, passthrough, pick,
    pick_many, prompt, retriever, router, stream_lambda, stream_parser, system, system_template,
    text, tool, toolbox, try_lambda, typed_tool,
};
