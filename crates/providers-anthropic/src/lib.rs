//! Claude, and other models behind [Anthropic's Messages API], as steps of `runnable` chains.
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
//! # What goes where
//!
//! | in the request | comes from |
//! |---|---|
//! | `system` | all system messages |
//! | `messages` | the others; those of one side that follow each other become one turn |
//! | `max_tokens` | [`max_tokens`](runnable_chat::ChatOptions::max_tokens), else the most that the model can give |
//! | `tools` | [`tools`](runnable_chat::ChatOptions::tools), and then the extra `tools`, for those that the provider runs |
//! | `thinking`, `output_config.effort` | [`reasoning_effort`](runnable_chat::ChatOptions::reasoning_effort) |
//! | `output_config.format` | a [`ResponseSchema`](runnable_chat::model::ResponseSchema) |
//! | `anthropic-beta` | [`beta`](AnthropicBuilder::beta), the extra `betas`, and what file ids need |
//! | any other field | the [extra](runnable_chat::ChatOptions::extras) of its name; it stands before ours, and `null` leaves the field out |
//! | any other field of a block, such as `cache_control` | the extra of that name of the [block](runnable_chat::ContentBlock) |
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
//! Thoughts, the calls and results of the provider's own tools, citations, and blocks of kinds that
//! are not known here, are kept as they came, and go back as they came, in the answers of this
//! provider. Those of other providers are left out.
//!
//! # Schemas
//!
//! The schemas of structured answers and strict tools are rewritten to keep to the
//! [rules of the API](runnable_http::schema::SchemaRules::ANTHROPIC): the bounds of a number, say,
//! stand in plain words in its description. If a schema cannot keep to the rules, because it has
//! a map or contains itself, a tool is sent without `strict`, and the schema of an answer stands in the
//! instructions instead of `output_config.format`.
//!
//! # What the API cannot do
//!
//! It has no log-probabilities, no `seed`, no JSON without a schema, no sounds and films: asked for
//! them, a call fails with [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) before anything
//! is sent.
//!
//! # Errors
//!
//! Those of [`runnable_http`], also for errors that the service writes into a stream. A stream that
//! ends before its time is an error of kind [`Connection`](runnable_core::ErrorKind::Connection),
//! after all that had come.
//!
//! [Anthropic's Messages API]: https://platform.claude.com/docs/en/api/messages

mod builder;
mod client;
mod messages;
mod protocol;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    builder::{AnthropicBuilder, anthropic},
    client::AnthropicClient,
    messages::{AnthropicReader, encode_content},
    protocol::AnthropicProtocol,
};
/// A model that a service lists, whichever service it is.
pub use runnable_http::chat::ModelInfo;
