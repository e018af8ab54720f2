//! Chat models of OpenAI, and of every service that speaks its APIs, as steps of
//! [`runnable_core`] chains.
//!
//! ```no_run
//! use providers_openai::openai;
//! use runnable_chat::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let model = openai("gpt-4o-mini").build()?.temperature(0.0);
//! let chain = prompt((system("You are terse."), human_template("Tell a joke about {topic}.")))
//!     .pipe(model)
//!     .pipe(text());
//!
//! let mut joke = chain.stream(dict! { topic: "cats" });
//! while let Some(piece) = joke.next().await {
//!     print!("{}", piece?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | model | key |
//! |---|---|
//! | [`openai`] | `OPENAI_API_KEY` |
//! | [`azure`] | `AZURE_OPENAI_API_KEY`, with `AZURE_OPENAI_ENDPOINT` |
//! | [`groq`], [`deepseek`], [`xai`], [`mistral`], [`together`], [`cerebras`] | `GROQ_API_KEY`, … |
//! | [`openrouter`] | `OPENROUTER_API_KEY` |
//! | [`perplexity`] | `PPLX_API_KEY` |
//! | [`huggingface`] | `HF_TOKEN` |
//! | [`ollama`], [`lm_studio`], [`llama_cpp`], [`vllm`] | none: they run on your machine |
//! | [`openai_compatible`]: any other | as you say |
//!
//! Each gives an [`OpenAiBuilder`]. What a model is asked besides the prompt is set on the
//! [`ChatModel`](runnable_chat::ChatModel) that it builds; what only the service knows, by
//! [`extra`](runnable_chat::ChatModel::extra). An extra goes before whatever this crate would write
//! in its field. Only the lists `tools` and `include`, and objects, are added to what is there,
//! unless they are empty. An extra that is `null` leaves the field out.
//!
//! ```no_run
//! use providers_openai::{Api, openai};
//! use runnable_chat::{model::ReasoningEffort, prelude::*};
//! use serde_json::json;
//!
//! # fn main() -> Result<()> {
//! let researcher = openai("gpt-5")
//!     .api(Api::Responses)
//!     .build()?
//!     .reasoning_effort(ReasoningEffort::High)
//!     .extra("tools", json!([{"type": "web_search"}]));
//! # Ok(())
//! # }
//! ```
//!
//! # What is where in an answer
//!
//! | of the service | in the [`AiMessage`](runnable_chat::AiMessage) |
//! |---|---|
//! | thoughts, by any name that services give them | [`ReasoningBlock`](runnable_chat::message::ReasoningBlock)s, with what must go back |
//! | citations, annotations, sources searched | [`Annotation`](runnable_chat::message::Annotation)s of the text |
//! | calls of tools with free text | tool calls whose arguments are that text |
//! | tools that the service ran | server tool calls and results; what has no such form, [`non_standard`](runnable_chat::ContentBlock::non_standard) |
//! | `n` > 1 | `other_choices` |
//! | headers of rate limits | `rate_limits` |
//! | `request_id`, `system_fingerprint`, `service_tier`, `status`, `incomplete_details`, `cost`, `content_filter_results`, … | `metadata`, by these names |
//!
//! What only its provider can read, such as encrypted thoughts, is sent back to that provider alone.
//!
//! # Schemas
//!
//! The schemas of structured answers and strict tools are rewritten to keep to the rules that the
//! service publishes ([`runnable_http::schema`]): what it does not take stands in plain words in the
//! descriptions. Some schemas cannot keep to the rules, such as those of maps with OpenAI. Then the
//! schema goes as it is, with `strict: false`. Where a service takes no such schema either, the
//! model is asked for it in the prompt, as with DeepSeek, whose answers follow no schema.
//!
//! # Results of tools
//!
//! In Chat Completions, messages of tools take text only. Pictures and files of a tool go into a
//! message of the user after all results; Mistral alone has them in the message of the tool. The
//! Responses API takes them in the result. A tool that failed without saying why has a text that says
//! so.
//!
//! # Errors
//!
//! What an API cannot take is [`InvalidInput`](runnable_core::ErrorKind::InvalidInput), and named.
//! What a service refuses, also within a stream, is a
//! [`runnable_http::ApiError`] of the kind that fits. An answer that ends before it is complete is
//! an error after everything that came. The arguments of a tool call that was cut are never
//! repaired: it is an [`InvalidToolCall`](runnable_chat::message::InvalidToolCall).
//!
//! # More than chat
//!
//! [`OpenAiBuilder::embeddings`] makes an embedding model. [`OpenAiBuilder::build_client`] makes an
//! [`OpenAiClient`], which makes several models of one service and
//! [lists](OpenAiClient::list_models) those that it offers.

mod builder;
mod chat_completions;
mod client;
mod dialect;
mod embedding_provider;
mod embeddings;
mod ollama_host;
mod presets;
mod protocol;
mod responses;
mod served_model;
mod service;
mod shared;
mod wire;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    builder::OpenAiBuilder,
    client::OpenAiClient,
    embeddings::OpenAiEmbeddingsBuilder,
    presets::{
        azure, cerebras, deepseek, groq, huggingface, llama_cpp, lm_studio, mistral, ollama,
        openai, openai_compatible, openrouter, perplexity, together, vllm, xai,
    },
    protocol::{OpenAiProtocol, OpenAiReader},
    service::{Api, SendReasoning},
};
/// A model that a service lists, whichever service it is.
pub use runnable_http::chat::ModelInfo;
