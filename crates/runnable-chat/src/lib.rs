//! The vocabulary of chat models, as steps of [`runnable_core`] chains.
//!
//! ```
//! use runnable_chat::prelude::*;
//! # use runnable_chat::model::{ChatProvider, ChatRequest};
//! # #[derive(Debug)] struct Echo;
//! # impl ChatProvider for Echo {
//! #     fn name(&self) -> &str { "echo" }
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
//! | step | takes | gives |
//! |---|---|---|
//! | [`prompt()`] | [`Dict`]: the values of the variables of a template | a [`PromptValue`] |
//! | [`ChatModel`] | a [`PromptValue`]: messages; text converts | an [`AiMessage`], in chunks |
//! | [`text`] | an [`AiMessage`] | its text |
//! | [`json`] | an [`AiMessage`] | its JSON as a value of any type |
//! | [`json_value`] | an [`AiMessage`] | its JSON, as it grows |
//! | [`parser()`] | an [`AiMessage`], or text | what a function reads in the text |
//! | [`stream_parser`] | an [`AiMessage`], or text | what a function reads in the text as it grows |
//! | [`ChatModel::structured_output`] | a [`PromptValue`] | the answer as a value of any type |
//! | [`ChatModel::with_structured_output_and_raw`] | a [`PromptValue`] | that value beside the answer |
//! | [`tool()`] | arguments, as JSON | the result of a function, as JSON |
//! | [`typed_tool`] | arguments, as JSON | the result of a function |
//! | [`toolbox`] | an [`AiMessage`] | the results of its tool calls, for the model |
//! | [`retriever()`] | a question | [`Document`]s |
//! | [`TextModel`] | text | what may follow it, in chunks |
//! | [`EmbeddingModel`] | texts | their vectors |
//!
//! A model comes from a provider's crate, which implements [`model::ChatProvider`]. This crate
//! knows none of them.

pub mod embedding;
pub mod message;
pub mod model;
pub mod parser;
pub mod prelude;
pub mod prompt;
pub mod retriever;
pub mod run_kind;
pub mod tool;

mod from_json;
#[cfg(doctest)]
mod guides;
mod schema;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    embedding::EmbeddingModel,
    message::{
        AiMessage, AiMessageChunk, ContentBlock, FinishReason, HumanMessage, Media, Message,
        SystemMessage, ToolCall, ToolMessage, Usage, ai, human, system,
    },
    model::{ChatModel, ChatOptions, TextModel},
    parser::{json, json_value, parser, stream_parser, text},
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
