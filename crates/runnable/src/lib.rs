//! Typed chains for language models: LangChain's Runnable protocol, checked by the compiler.
//!
//! ```no_run
//! use runnable::prelude::*;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! let chain = prompt((system("You are terse."), human_template("Tell a joke about {topic}.")))
//!     .pipe(init_chat_model("openai:gpt-4o-mini")?)
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
//! This crate holds the others together, a feature each; whoever wants less takes a single one.
//!
//! | module | crate | feature |
//! |---|---|---|
//! | [`core`] | `runnable-core`: steps, chunks, chains, batches, runs | always |
//! | [`chat`] | `runnable-chat`: messages, prompts, chat models, parsers, tools | always |
//! | `events` | `runnable-events`: the stream of events, the tree on the console | `events` (default) |
//! | `openai` | `providers-openai`: OpenAI, and every service that speaks its API | `openai` |
//! | `anthropic` | `providers-anthropic`: Anthropic's Claude | `anthropic` |
//! | `http` | `runnable-http`: the transport, its retries and limits; for a provider of your own | `http`, `openai`, `anthropic` |
//! | `local` | `providers-local`: models from GGUF files, on the CPU; it needs Rust 1.94 | `local` |
//! | `testing` | `runnable-testing`: scripted models, a recorder, golden traces | `testing` |
//!
//! Two features bring more to the prelude. `blocking` brings `Blocking`, the same verbs for callers
//! that are not async. `try_stream`, which is on by default, brings the macro `try_stream!`, to write a
//! step that streams as async code.

#[cfg(all(doctest, feature = "openai", feature = "testing"))]
mod guides;
mod init;
pub mod prelude;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::init::{ConfigurableModel, configurable_model, init_chat_model};
#[cfg(feature = "anthropic")]
pub use providers_anthropic as anthropic;
#[cfg(feature = "local")]
pub use providers_local as local;
#[cfg(feature = "openai")]
pub use providers_openai as openai;
pub use runnable_chat as chat;
pub use runnable_core as core;
#[doc(inline)]
pub use runnable_core::{
    AtOnce, Chunk, ChunkStream, Chunked, Dict, DynRunnable, Error, ErrorKind, Result, RunConfig,
    RunContext, Runnable, RunnableExt, assign, dict, impl_at_once, parallel_struct, pick,
};
#[cfg(feature = "events")]
pub use runnable_events as events;
#[cfg(feature = "http")]
pub use runnable_http as http;
#[cfg(feature = "testing")]
pub use runnable_testing as testing;
