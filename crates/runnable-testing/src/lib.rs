//! Test chains of language models without a model: models that answer from a script, a recorder of
//! what happened, and golden traces to compare it with.
//!
//! ```
//! use runnable_chat::prelude::*;
//! use runnable_testing::{EventRecorder, ScriptedChatModel};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let model = ScriptedChatModel::new(["Hello you"]);
//! let chain = prompt("Say hi to {topic}").pipe(model.to_model()).pipe(text());
//!
//! let recorder = EventRecorder::new();
//! let config = RunConfig::new().listener(recorder.clone());
//! let answer = chain.stream(dict! { topic: "cats" }).config(config).concat().await?;
//!
//! assert_eq!(answer, "Hello you");
//! assert_eq!(model.prompts(), [PromptValue::from("Say hi to cats")]);
//! assert_eq!(recorder.lines()[0], "on_chain_start RunnableSequence");
//! # Ok(())
//! # }
//! ```
//!
//! | to | use |
//! |---|---|
//! | stand in for a chat model, or for a text model | [`ScriptedChatModel`], [`ScriptedTextModel`] |
//! | stand in for an embedding model | [`ScriptedEmbeddings`] |
//! | say what it answers: word by word, slowly, with tool calls, with an error half-way | [`Answer`] |
//! | see what happened in a call | [`EventRecorder`] |
//! | compare what happened with a file | [`golden`] |
//! | stand in for a web server, and fail as servers fail | `server` (feature `server`) |
//! | see that a model holds what all models do | [`model_suite!`] |
//! | see that a provider holds what all providers do | `provider_suite` (feature `server`) |
//!
//! Nothing here waits in real time: run a test with delays on a paused clock
//! (`#[tokio::test(start_paused = true)]`), and they pass at once, in their order.

pub mod golden;
pub mod model_suite;
#[cfg(feature = "server")]
pub mod provider_suite;
#[cfg(feature = "server")]
pub mod server;

mod answer;
mod recorder;
mod script;
mod scripted_chat;
mod scripted_embeddings;
mod scripted_text;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    answer::ScriptedReply, recorder::EventRecorder, scripted_chat::ScriptedChatModel,
    scripted_embeddings::ScriptedEmbeddings, scripted_text::ScriptedTextModel,
};
