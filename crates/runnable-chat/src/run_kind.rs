//! The kinds of runs that this crate adds. LangChain calls a kind of runs a run type.

use runnable_core::RunKind;

/// The kind of a chat model's run. Its events are named `on_chat_model_start`, ….
pub const CHAT_MODEL: RunKind = RunKind::new("chat_model");

/// The kind of a text completion model's run. Its events are named `on_llm_start`, ….
pub const LLM: RunKind = RunKind::new("llm");

/// The kind of a prompt template's run. Its events are named `on_prompt_start`, ….
pub const PROMPT: RunKind = RunKind::new("prompt");

/// The kind of an output parser's run. Its events are named `on_parser_start`, ….
pub const PARSER: RunKind = RunKind::new("parser");

/// The kind of an embedding model's run. Its events are named `on_embedding_start`, ….
pub const EMBEDDING: RunKind = RunKind::new("embedding");

/// The kind of a tool's run. Its events are named `on_tool_start`, ….
pub const TOOL: RunKind = RunKind::new("tool");

/// The kind of a retriever's run. Its events are named `on_retriever_start`, ….
pub const RETRIEVER: RunKind = RunKind::new("retriever");
