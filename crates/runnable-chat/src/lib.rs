//! Chat models, prompts, output parsers, tools and retrievers, as steps of [`runnable_core`]
//! chains.
//!
//! ```
//! use runnable_chat::prelude::*;
//! # use runnable_chat::model::{ChatProvider, ChatRequest};
//! # #[derive(Debug)] struct Echo;
//! # impl ChatProvider for Echo {
//! #     fn run_name(&self) -> &str { "echo" }
//! #     fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
//! #         ChunkStream::once(AiMessage::new(request.prompt.messages[1].text()))
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! # let model = ChatModel::new(Echo);
//! let chain = prompt((system("You are terse."), human_template("Tell a joke about {topic}.")))
//!     .pipe(model)
//!     .pipe(text());
//!
//! let joke = chain.invoke(dict! { topic: "cats" }).await?;
//! # assert_eq!(joke, "Tell a joke about cats.");
//! # Ok(())
//! # }
//! ```
//!
//! | step | input | output |
//! |---|---|---|
//! | [`prompt()`] | a [`Dict`] with the values of the template's variables | a [`PromptValue`] |
//! | [`ChatModel`] | a [`PromptValue`], or text | an [`AiMessage`], in chunks |
//! | [`text`] | an [`AiMessage`] | its text, in chunks |
//! | [`json`] | an [`AiMessage`] | its JSON as a Rust value |
//! | [`json_value`] | an [`AiMessage`] | its JSON as a [`serde_json::Value`], in chunks |
//! | [`parser::json_partial`] | an [`AiMessage`] | its JSON as a Rust value, in chunks |
//! | [`parser::numbered_list`], [`parser::xml_tags`], … | an [`AiMessage`], or text | its list, its tags, …, in chunks |
//! | [`parser()`] | an [`AiMessage`], or text | the result of your function for the text |
//! | [`stream_parser`] | an [`AiMessage`], or text | the chunks of the stream of your function |
//! | [`ChatModel::with_structured_output`] | a [`PromptValue`] | the answer as a Rust value |
//! | [`ChatModel::with_structured_output_and_raw`] | a [`PromptValue`] | the Rust value and the answer |
//! | [`tool()`], [`#[tool]`](macro@tool) | arguments, as JSON | the result of a function, as JSON |
//! | [`typed_tool`] | arguments, as JSON | the result of a function, as a Rust value |
//! | [`toolbox`] | an [`AiMessage`] | a [`ToolMessage`] for each of its tool calls |
//! | [`retriever()`] | a question | [`Document`]s |
//! | [`TextModel`] | text | a continuation of the text, in chunks |
//! | [`EmbeddingModel`] | texts | a vector for each text |
//!
//! # Features
//!
//! No feature is enabled by default.
//!
//! | feature | contents |
//! |---|---|
//! | `jinja` | message templates in Jinja's syntax |
//! | `regex` | parsers with regular expressions |
//! | `templates` | prompt templates from YAML, TOML and JSON files |
//!
//! This crate contains no models. The provider crates, such as `providers-openai`, implement
//! [`model::ChatProvider`] and create models.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod batch_api;
pub mod embedding;
pub mod interceptor;
pub mod message;
pub mod metering;
pub mod model;
pub mod parser;
pub mod prelude;
pub mod pricing;
pub mod prompt;
pub mod retriever;
pub mod run_kind;
pub mod tool;

mod excerpt;
mod from_json;
mod nearest;
mod schema;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    embedding::EmbeddingModel,
    message::{
        AiMessage, AiMessageChunk, ContentBlock, FinishReason, HumanMessage, Media, Message,
        SystemMessage, ToolCall, ToolMessage, Usage, ai, human, system,
    },
    metering::{SpendingLimit, SpendingLimitExt, UsageMeter},
    model::{ChatModel, ChatOptions, TextModel},
    parser::{json, json_value, parser, stream_parser, text},
    pricing::{Cost, Prices},
    prompt::{
        ChatPromptTemplate, PromptValue, ai_template, human_template, messages_placeholder, prompt,
        system_template,
    },
    retriever::{Document, Retriever, retriever},
    tool::{Tool, Toolbox, tool, toolbox, typed_tool},
};
#[doc(hidden)]
pub use runnable_core as __core;
pub use runnable_core::{Dict, dict};
pub use runnable_macros::tool;
