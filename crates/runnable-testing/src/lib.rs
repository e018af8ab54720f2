//! Tools for testing chains without a real model: scripted models, an event recorder and golden
//! traces.
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
//! | replace a chat model or a text model | [`ScriptedChatModel`], [`ScriptedTextModel`] |
//! | replace an embedding model | [`ScriptedEmbeddings`] |
//! | define an answer: its chunks, delays, tool calls and errors | [`ScriptedReply`] |
//! | record the events of a call | [`EventRecorder`] |
//! | compare the events of a call with a file | [`golden`] |
//! | replay a recorded call in a test | [`Replay`](runnable_events::Replay), [`ScriptedChatModel::from_recording`] |
//! | compare a call with a recording | [`assert_same_run`] |
//! | replace a web server, and simulate its failures | `server` (feature `server`) |
//! | test a chat model against the rules for all models | [`model_suite!`] |
//! | test a provider against the rules for all providers | `provider_suite` (feature `server`) |
//!
//! To run a test with delays without waiting, pause the clock of Tokio with
//! `#[tokio::test(start_paused = true)]`.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod golden;
pub mod model_suite;
#[cfg(feature = "server")]
pub mod provider_suite;
#[cfg(feature = "server")]
pub mod server;

mod answer;
mod recorded_script;
mod recorder;
mod same_run;
mod script;
mod scripted_chat;
mod scripted_embeddings;
mod scripted_text;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    answer::ScriptedReply, recorder::EventRecorder, same_run::assert_same_run,
    scripted_chat::ScriptedChatModel, scripted_embeddings::ScriptedEmbeddings,
    scripted_text::ScriptedTextModel,
};
