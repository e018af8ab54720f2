//! Claude, and other models with [Anthropic's Messages API], as steps of `runnable` chains.
//!
//! ```no_run
//! use providers_anthropic::anthropic;
//! use runnable_chat::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let model = anthropic("claude-sonnet-4-5").build()?; // the key is in ANTHROPIC_API_KEY
//! let chain = prompt("Write one sentence about {topic}.").pipe(model).pipe(text());
//!
//! let mut sentence = chain.stream(dict! { topic: "the sea" });
//! while let Some(chunk) = sentence.next().await {
//!     print!("{}", chunk?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The fields of a request
//!
//! | field | source |
//! |---|---|
//! | `system` | all system messages |
//! | `messages` | all other messages; consecutive messages of the user, or of the model, become one turn |
//! | `max_tokens` | [`max_tokens`](runnable_chat::ChatOptions::max_tokens), by default the maximum of the model |
//! | `tools` | [`tools`](runnable_chat::ChatOptions::tools), followed by the extra `tools` for tools that Anthropic runs |
//! | `thinking`, `output_config.effort` | [`reasoning_effort`](runnable_chat::ChatOptions::reasoning_effort) |
//! | `output_config.format` | a [`ResponseSchema`](runnable_chat::model::ResponseSchema) |
//! | `anthropic-beta` (header) | [`beta`](AnthropicBuilder::beta), the extra `betas`, and the feature that file IDs require |
//! | any other field | the [extra](runnable_chat::ChatOptions::extras) with this name, which takes precedence; `null` removes the field |
//! | any other field of a block, such as `cache_control` | the extra of the [block](runnable_chat::ContentBlock) with this name |
//!
//! ```
//! use providers_anthropic::anthropic;
//! use runnable_chat::{message::TextBlock, model::ReasoningEffort, prelude::*};
//! use serde_json::json;
//!
//! # fn main() -> Result<()> {
//! let model = anthropic("claude-sonnet-4-5")
//!     .api_key("sk-ant-…")
//!     .build()?
//!     .reasoning_effort(ReasoningEffort::Budget(2_048))
//!     .extra("tools", json!([{"type": "web_search_20250305", "name": "web_search"}]));
//!
//! let mut handbook = TextBlock::new("A long handbook …");
//! handbook.extras.insert("cache_control".into(), json!({"type": "ephemeral"}));
//! let instructions = SystemMessage::new("You know this by heart:").with_block(handbook);
//! # Ok(())
//! # }
//! ```
//!
//! An answer of this provider keeps the following content unchanged, and a later request sends it
//! back unchanged: reasoning, calls and results of tools that Anthropic runs, citations, and blocks
//! of unknown types. A request leaves out such content of other providers.
//!
//! # Schemas
//!
//! The schemas of structured output and strict tools are rewritten to comply with the [rules of the
//! API](runnable_http::schema::SchemaRules::ANTHROPIC). For example, the bounds of a number are
//! described in words. A schema that contains a map, or that is recursive, cannot comply. A tool
//! with such a schema is sent without `strict`. For structured output, such a schema is part of the
//! instructions to the model instead of `output_config.format`.
//!
//! # Batches
//!
//! [`ChatModel::batch_api`](runnable_chat::ChatModel::batch_api) sends requests to the [Message Batches
//! API](https://platform.claude.com/docs/en/build-with-claude/batch-processing), at half the price.
//! The beta features of all requests are enabled for the whole batch.
//!
//! # Unsupported options
//!
//! The API does not support log-probabilities, `seed`, JSON without a schema, audio, and video. A
//! call that asks for them fails with [`Unsupported`](runnable_core::ErrorKind::Unsupported) before
//! a request is sent.
//!
//! # Errors
//!
//! Calls fail with the [errors of the transport](runnable_http#errors), including errors that the
//! service sends inside a stream. If a stream ends before the answer is complete, it yields
//! everything that was received and then an error of kind
//! [`Connection`](runnable_core::ErrorKind::Connection).
//!
//! [Anthropic's Messages API]: https://platform.claude.com/docs/en/api/messages

#![cfg_attr(docsrs, feature(doc_cfg))]

mod batches;
mod builder;
mod client;
mod messages;
mod protocol;

/// Runs the code of the README as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    builder::{AnthropicBuilder, anthropic},
    client::AnthropicClient,
    messages::{AnthropicReader, encode_content},
    protocol::AnthropicProtocol,
};
/// The description of a model in the list of models that a service offers.
pub use runnable_http::chat::ModelInfo;
