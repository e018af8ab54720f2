//! Typed chains of steps that stream: LangChain's Runnable protocol, checked by the compiler.
//!
//! A step is an async function from an input to an output. [`pipe`](RunnableExt::pipe) joins two
//! steps into a chain, and a chain is a step, too. Every step can be
//! [invoked](RunnableExt::invoke), called with a [batch](RunnableExt::batch) of inputs, or
//! [streamed](RunnableExt::stream): chunks pass through every step as they arrive. Listeners can
//! observe every run of a step: it has one start, any number of chunks, and exactly one end.
//!
//! ```
//! use runnable_core::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let greet = lambda(|name: String| format!("hello, {name}"));
//! let shout = map_chunks(|text: String| text.to_uppercase());
//! let chain = greet.pipe(shout);
//!
//! assert_eq!(chain.invoke("ada").await?, "HELLO, ADA");
//!
//! let greetings = chain.batch(["ada", "grace"]).max_concurrency(2).await;
//! assert_eq!(greetings[1].as_deref().unwrap(), "HELLO, GRACE");
//!
//! let mut chunks = chain.stream("ada");
//! while let Some(chunk) = chunks.next().await {
//!     print!("{}", chunk?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Custom steps
//!
//! Most steps are made from functions: [`lambda`], [`try_lambda`] and [`async_lambda`] for complete
//! values, [`map_chunks`], [`stream_lambda`] and [`generator`] for streams. [`capture`] passes a
//! function clones of the steps that it calls. A step with state is a struct:
//!
//! ```
//! use runnable_core::prelude::*;
//!
//! #[derive(Clone)]
//! struct Indent(usize);
//!
//! impl Runnable for Indent {
//!     type Input = String;
//!     type Output = String;
//!
//!     async fn run(&self, text: String, _: RunContext) -> Result<String> {
//!         Ok(format!("{:width$}{text}", "", width = self.0))
//!     }
//! }
//! ```
//!
//! # Type errors
//!
//! Steps whose types do not match do not compile:
//!
//! ```compile_fail,E0271
//! use runnable_core::prelude::*;
//!
//! let length = lambda(|text: String| text.len() as u64);
//! let shout = lambda(|text: String| text.to_uppercase());
//! length.pipe(shout); // expected `u64`, found `String`
//! ```
//!
//! # Traits
//!
//! | to | use |
//! |---|---|
//! | write a step | [`Runnable`]: [`run`](Runnable::run), and for steps that can stream, [`run_stream`](Runnable::run_stream) and [`run_transform`](Runnable::run_transform) |
//! | use a step | [`RunnableExt`]: `invoke`, `batch`, `batch_as_completed`, `batch_iter`, `batch_stream`, `stream`, `transform`, `pipe`, … |
//! | observe steps | [`Listener`]: receives every [`RunEvent`] by reference, when it happens |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `blocking` | the module `blocking`: calls for callers that are not async |
//!
//! # Cancellation
//!
//! Dropping the future or the stream of a call cancels the call. Every open run ends with a
//! [cancelled](RunEventData::Cancelled) event. This crate spawns no tasks, so no part of the call
//! keeps running.

#![cfg_attr(docsrs, feature(doc_cfg))]

// The derive macro writes paths that start with `::runnable_core`, so this crate needs that name
// for itself in its own tests.
extern crate self as runnable_core;

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod calls;
pub mod combinators;
pub mod prelude;
pub mod steps;

mod concurrency;
mod config;
mod context;
mod erased;
mod error;
mod ext;
mod graph;
mod observe;
mod policy;
mod poll;
mod protocol;
mod run_id;
mod scope;
mod value;

#[doc(hidden)]
pub mod __private;

/// Compiles and runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use runnable_macros::Chunked;
pub use tokio_util::sync::CancellationToken;

pub use crate::{
    combinators::{assign, branch, parallel, parallel_dict, router},
    config::RunConfig,
    context::{ChildPosition, RunContext, RunReporter, SharedWork},
    erased::DynRunnable,
    error::{BoxError, CancelCause, Error, ErrorKind, ResponseDetails, Result, TimeoutPhase},
    ext::RunnableExt,
    graph::{Graph, Structure},
    observe::{
        Interest, Kept, Listener, Metadata, Payload, Run, RunEvent, RunEventData, RunKind, Timing,
        WaitReason,
    },
    policy::Backoff,
    protocol::{InputStream, Links, Runnable, Runs, StepInfo},
    run_id::RunId,
    scope::Scope,
    steps::{
        async_lambda, capture, choose, generator, inspect, lambda, map_chunks, passthrough, pick,
        pick_many, stream_lambda, try_lambda,
    },
    value::{AtOnce, Chunk, ChunkStream, Chunked, Dict, DictChunk, ValueChunk},
};
