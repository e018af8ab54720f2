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
//! This crate re-exports the crates of the project, with one feature per part. If you need only
//! some of them, you can depend on them directly.
//!
//! | module | crate | feature |
//! |---|---|---|
//! | [`core`] | `runnable-core`: steps, chunks, chains, batches, runs | always |
//! | [`chat`] | `runnable-chat`: messages, prompts, chat models, parsers, tools | always |
//! | `events` | `runnable-events`: the event stream, and the event tree for the console | `events` (default) |
//! | `openai` | `providers-openai`: OpenAI, and all services that implement its API | `openai` |
//! | `anthropic` | `providers-anthropic`: Anthropic's Claude models | `anthropic` |
//! | `http` | `runnable-http`: the HTTP transport with retries and limits, for custom providers | `http`, `openai`, `anthropic` |
//! | `local` | `providers-local`: models from GGUF files on the CPU; requires Rust 1.94 | `local` |
//! | `testing` | `runnable-testing`: scripted models, an event recorder, golden traces | `testing` |
//!
//! Two features add to the prelude. `blocking` adds `Blocking`, for callers that are not async.
//! `try_stream` (default) adds the macro `try_stream!`, for streaming steps in async style.

#[cfg(all(doctest, feature = "openai", feature = "testing"))]
mod guides;
mod init;
pub mod prelude;

/// Runs the code of the README as a documentation test.
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
