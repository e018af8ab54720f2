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
//! The names that most programs use are at the root of this crate. Its modules contain all other
//! names:
//!
//! | module | contents | feature |
//! |---|---|---|
//! | [`prelude`] | everything that most programs need, in one import | always |
//! | [`steps`], [`combinators`], [`calls`] | the types that the functions and methods of this crate return | always |
//! | [`message`], [`model`], [`prompt`](mod@prompt), [`parser`](mod@parser), [`tool`](mod@tool), [`retriever`](mod@retriever), [`embedding`] | the types for language models, by subject | always |
//! | [`metering`], [`pricing`] | the token usage and the cost of models, and limits for them | always |
//! | [`run_kind`] | the kinds of the runs of language models | always |
//! | `blocking` | `Blocking`, for callers that are not async | `blocking` |
//! | `events` | event streams, recordings, traces, findings, replays and a debugger | `events` (default) |
//! | `openai` | OpenAI, and all services that implement its API | `openai` |
//! | `anthropic` | Anthropic's Claude models | `anthropic` |
//! | `local` | models from GGUF files on the CPU; requires Rust 1.94 | `local` |
//! | `transport` | the HTTP transport with retries and limits, for custom providers | `http` |
//! | `otel` | OpenTelemetry: a span for every step, and metrics | `otel` |
//! | `agents` | agents: models that call tools until they can answer | `agents` |
//! | `conversations` | stores of conversations, branches, trimming, summaries and token counts | `conversations` |
//! | `cache` | caches of the answers of models | `cache` |
//! | `jobs` | batches over files that survive crashes, with a journal on the disk | `jobs` |
//! | `evaluations` | evaluations of chains: examples, scorers, a table with confidence intervals | `evaluations` |
//! | `rate_limit` | a limit of requests and tokens per time | `rate-limit` |
//! | `testing` | scripted models, an event recorder, golden traces | `testing` |
//!
//! Four features change the transport of remote models. `ring` (default) and `aws-lc` choose the
//! cryptography of TLS, `gzip` (default) reads compressed responses, and `http2` uses HTTP/2 if the
//! service offers it.
//!
//! `redb` stores conversations and cached answers in a file, and `tiktoken` counts tokens of
//! conversations exactly for models of OpenAI. `indicatif` adds a progress bar to jobs, `parquet`
//! files of this format, and `encodings` text files that are not in UTF-8. `jinja`, `templates` and `regex` add to
//! [`prompt`](mod@prompt) and [`parser`](mod@parser).
//!
//! Two features add to the prelude. `blocking` adds `Blocking`, for callers that are not async.
//! `try_stream` (default) adds the macro `try_stream!`, for streaming steps in async style.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod init;
pub mod prelude;

/// Runs the code of the README as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::init::{ConfigurableModel, configurable_model, init_chat_model};
#[cfg(feature = "try_stream")]
pub use async_stream::try_stream;
#[cfg(feature = "anthropic")]
pub use providers_anthropic as anthropic;
#[cfg(feature = "local")]
pub use providers_local as local;
#[cfg(feature = "openai")]
pub use providers_openai as openai;
#[cfg(feature = "agents")]
pub use runnable_agents as agents;
#[cfg(feature = "cache")]
pub use runnable_cache as cache;
#[cfg(feature = "http")]
pub use runnable_http as transport;
// Some names are both a function and a module, or both a function and a macro. Naming them once
// exports both.
#[doc(inline)]
pub use runnable_chat::{
    AiMessage, AiMessageChunk, ChatModel, ChatOptions, ChatPromptTemplate, ContentBlock, Cost,
    Document, EmbeddingModel, FinishReason, HumanMessage, Media, Message, Prices, PromptValue,
    Retriever, SpendingLimit, SpendingLimitExt, SystemMessage, TextModel, Tool, ToolCall,
    ToolMessage, Toolbox, Usage, UsageMeter, ai, ai_template, batch_api, embedding, human,
    human_template, interceptor, json, json_value, message, messages_placeholder, metering, model,
    parser, pricing, prompt, retriever, run_kind, stream_parser, system, system_template, text,
    tool, toolbox, typed_tool,
};
#[cfg(feature = "conversations")]
pub use runnable_conversations as conversations;
// The code that `#[derive(Chunked)]` generates uses this module.
#[doc(hidden)]
pub use runnable_core::__private;
#[cfg(feature = "blocking")]
#[doc(inline)]
pub use runnable_core::blocking;
#[doc(inline)]
pub use runnable_core::{
    AtOnce, Backoff, BoxError, CancellationToken, ChildPosition, Chunk, ChunkStream, Chunked, Dict,
    DictChunk, DynRunnable, Error, ErrorKind, Graph, InputStream, Interest, Kept, Links, Listener,
    Metadata, Payload, Result, Run, RunConfig, RunContext, RunEvent, RunEventData, RunId, RunKind,
    Runnable, RunnableExt, Runs, Scope, StepInfo, Structure, TimeoutPhase, Timing, ValueChunk,
    assign, async_lambda, branch, calls, capture, choose, combinators,
    combinators::{RetryPolicy, Timeouts},
    dict, generator, impl_at_once, inspect, lambda, map_chunks, parallel, parallel_dict,
    parallel_struct, passthrough, pick, pick_many, router, steps, stream_lambda, try_lambda,
};
#[cfg(feature = "evaluations")]
pub use runnable_evaluations as evaluations;
#[cfg(feature = "events")]
pub use runnable_events as events;
#[cfg(feature = "jobs")]
pub use runnable_jobs as jobs;
#[cfg(feature = "otel")]
pub use runnable_otel as otel;
#[cfg(feature = "rate-limit")]
pub use runnable_rate_limit as rate_limit;
#[cfg(feature = "testing")]
pub use runnable_testing as testing;
