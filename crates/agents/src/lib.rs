//! Agents, as steps of [`runnable_core`] chains: a chat model calls tools until it can answer.
//!
//! ```
//! use runnable_agents::prelude::*;
//! use runnable_testing::{ScriptedChatModel, ScriptedReply};
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//! use serde_json::json;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct City {
//!     name: String,
//! }
//!
//! /// Tells the weather in a city.
//! #[tool]
//! async fn weather(city: City) -> Result<String> {
//!     Ok(format!("It is sunny in {}.", city.name))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! // In a program: `init_chat_model("openai:gpt-4o-mini")?`.
//! let call = ScriptedReply::tool_call("weather", json!({"name": "Paris"}));
//! let model = ScriptedChatModel::new([call, "Take your sunglasses.".into()]).to_model();
//!
//! let agent = agent(model, [weather()]);
//! let output = agent.invoke("What do I need in Paris?").await?;
//! assert_eq!(output.text(), "Take your sunglasses.");
//! # Ok(())
//! # }
//! ```
//!
//! | item | purpose |
//! |---|---|
//! | [`agent()`] | creates the step: a [`PromptValue`](runnable_chat::PromptValue) to an [`AgentOutput`], in chunks |
//! | [`AgentChunk`], [`AgentPart`] | a part of the output: of an answer, a tool result, or a pause |
//! | [`AgentState`] | the state of an agent that waits for the approval of tool calls; it serializes to JSON |
//! | [`Agent::resume`] | the step that continues from such a state |
//! | [`Agent::final_answer`] | the step that returns only the final answer |
//! | [`Agent::with_structured_output`] | an agent whose final answer is a Rust value, which grows in a stream |
//! | [`ToolPolicy`] | the time limit and the retries of a tool |
//! | [`Round`] | the model, the tools and the messages of a round, which a function can change |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod prelude;

mod agent;
mod approval;
mod output;
mod round;
mod run;
mod settings;
mod structured;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// The code that `#[tool]` generates uses this module.
#[doc(hidden)]
pub use runnable_chat as __chat;
#[doc(inline)]
pub use runnable_chat::tool;
// The code that `#[derive(Chunked)]` generates uses this module.
#[doc(hidden)]
pub use runnable_core as __core;

pub use crate::{
    agent::{Agent, FinalAnswer, ResumedAgent, agent},
    approval::{AgentState, ApprovalRequired},
    output::{AgentChunk, AgentOutput, AgentPart},
    round::{RoundChunk, RoundOutput, ToolResult},
    settings::{Round, ToolPolicy},
    structured::{
        StructuredAgent, StructuredAgentChunk, StructuredAgentOutput, StructuredFinalAnswer,
    },
};
