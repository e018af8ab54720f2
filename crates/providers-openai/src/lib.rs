//! Chat models of OpenAI, and of other services with the same API, as steps of [`runnable_core`]
//! chains.
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
//! while let Some(chunk) = joke.next().await {
//!     print!("{}", chunk?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | function | environment variable of the key |
//! |---|---|
//! | [`openai`] | `OPENAI_API_KEY` |
//! | [`azure`] | `AZURE_OPENAI_API_KEY`, with the resource in `AZURE_OPENAI_ENDPOINT` |
//! | [`groq`], [`deepseek`], [`xai`], [`mistral`], [`together`], [`cerebras`] | `GROQ_API_KEY`, … |
//! | [`openrouter`] | `OPENROUTER_API_KEY` |
//! | [`perplexity`] | `PPLX_API_KEY` |
//! | [`huggingface`] | `HF_TOKEN` |
//! | [`ollama`], [`lm_studio`], [`llama_cpp`], [`vllm`] | none, because the server runs on your machine |
//! | [`openai_compatible`] (any other service) | none; call [`api_key`](OpenAiBuilder::api_key) if the service requires a key |
//!
//! Each function returns an [`OpenAiBuilder`]. Set the options of a call on the
//! [`ChatModel`](runnable_chat::ChatModel) that it builds, and additional fields of the service
//! with [`extra`](runnable_chat::ChatModel::extra). An extra replaces the field with the same name
//! that this crate would send. There are two exceptions: an extra that is not empty extends the
//! lists `tools` and `include`, and extends a field that is an object. An extra that is `null`
//! removes the field.
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
//! # Where the parts of an answer are stored
//!
//! | response of the service | [`AiMessage`](runnable_chat::AiMessage) |
//! |---|---|
//! | reasoning, in each field that services use | [`ReasoningBlock`](runnable_chat::message::ReasoningBlock)s, with everything that must be sent back |
//! | citations, annotations, search results | [`Annotation`](runnable_chat::message::Annotation)s of the text |
//! | calls of custom tools, whose input is free text | tool calls whose arguments are this text |
//! | tools that the service ran | server tool calls and results, or [`non_standard`](runnable_chat::ContentBlock::non_standard) blocks for other forms |
//! | further choices (`n` > 1) | `other_choices` |
//! | headers of rate limits | `rate_limits` |
//! | `request_id`, `system_fingerprint`, `service_tier`, `status`, `incomplete_details`, `cost`, `content_filter_results`, … | `metadata`, under these names |
//!
//! Content that only its provider can read, such as encrypted reasoning, is sent back only to that
//! provider.
//!
//! # Schemas
//!
//! The schemas of structured output and strict tools are rewritten to comply with the published
//! rules of the service ([`runnable_http::schema`]). Keywords that the service does not accept are
//! described in words. Some schemas cannot comply, such as maps with OpenAI. Such a schema is sent
//! unchanged with `strict: false`. Some services reject such a schema as well, and others, such as
//! DeepSeek, accept no schemas for answers. For these services, the prompt contains the schema and
//! asks the model to follow it.
//!
//! # Results of tools
//!
//! In Chat Completions, tool messages can contain only text. Images and files that a tool returns
//! are therefore sent in a user message after all tool results. Mistral accepts them in the tool
//! message, and the Responses API in the result. If a tool failed without an error message, the
//! model receives a text that says that the tool failed.
//!
//! # Errors
//!
//! A request that the API does not support fails with
//! [`Unsupported`](runnable_core::ErrorKind::Unsupported). An error that the service returns, also
//! inside a stream, is a [`runnable_http::ApiError`] with a suitable kind. If an answer ends before
//! it is complete, the stream yields everything that was received and then an error. The arguments
//! of a truncated tool call are never repaired; the call is an
//! [`InvalidToolCall`](runnable_chat::message::InvalidToolCall).
//!
//! # Batch APIs
//!
//! [`ChatModel::batch_api`](runnable_chat::ChatModel::batch_api) works for models of [`openai`] and
//! [`azure`] with both APIs, and for models of [`groq`] and [`mistral`] with Chat Completions. Call
//! [`OpenAiBuilder::batch_api`] for a gateway with OpenAI's Batch API. The protocols are those of
//! [OpenAI](https://platform.openai.com/docs/api-reference/batch),
//! [Azure](https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch),
//! [Groq](https://console.groq.com/docs/batch) and
//! [Mistral](https://docs.mistral.ai/api/endpoint/batch). A request of a batch has the same body as
//! a live request, and its answer is read by the same reader.
//!
//! # Embeddings and the list of models
//!
//! [`OpenAiBuilder::embeddings`] returns a builder of an embedding model.
//! [`OpenAiBuilder::build_client`] builds an [`OpenAiClient`], which creates several models of one
//! service and [lists](OpenAiClient::list_models) the models that the service offers.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod batch_dialect;
mod batches;
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

/// Runs the code of the README as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    api::Api,
    builder::OpenAiBuilder,
    client::OpenAiClient,
    embeddings::OpenAiEmbeddingsBuilder,
    presets::{
        azure, cerebras, deepseek, groq, huggingface, llama_cpp, lm_studio, mistral, ollama,
        openai, openai_compatible, openrouter, perplexity, together, vllm, xai,
    },
    protocol::{OpenAiProtocol, OpenAiReader},
    service::SendReasoning,
};
/// The description of a model in the list of models that a service offers.
pub use runnable_http::chat::ModelInfo;
