//! The kinds of runs that this vocabulary brings: the protocol's run types.

use runnable_core::RunKind;

/// A call of a chat model. Its events are `on_chat_model_start`, ….
pub const CHAT_MODEL: RunKind = RunKind::new("chat_model");

/// A call of a model that completes text. Its events are `on_llm_start`, ….
pub const LLM: RunKind = RunKind::new("llm");

/// The filling of a prompt template. Its events are `on_prompt_start`, ….
pub const PROMPT: RunKind = RunKind::new("prompt");

/// The reading of a model's output. Its events are `on_parser_start`, ….
pub const PARSER: RunKind = RunKind::new("parser");

/// A call of an embedding model. Its events are `on_embedding_start`, ….
pub const EMBEDDING: RunKind = RunKind::new("embedding");

/// A call of a tool. Its events are `on_tool_start`, ….
pub const TOOL: RunKind = RunKind::new("tool");

/// A search for documents. Its events are `on_retriever_start`, ….
pub const RETRIEVER: RunKind = RunKind::new("retriever");
