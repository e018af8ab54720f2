//! OpenTelemetry for [`runnable_core`] chains.
//!
//! [`OtelListener`] sends every run of a chain to OpenTelemetry: a span for each step, with the
//! names of OpenTelemetry's GenAI conventions and of OpenInference, and metrics of models and
//! tools. Phoenix, Langfuse, Jaeger and every other service that receives OTLP can show them.
//!
//! # Quick start
//!
//! Add `opentelemetry_sdk` and `opentelemetry-otlp` to your program, with the features
//! `http-proto` and `reqwest-blocking-client` of `opentelemetry-otlp`.
//!
//! ```no_run
//! use opentelemetry_otlp::SpanExporter;
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use runnable_core::prelude::*;
//! use runnable_otel::OtelListener;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! // Sends spans to http://localhost:4318, or to the value of OTEL_EXPORTER_OTLP_ENDPOINT.
//! let exporter = SpanExporter::builder().with_http().build().map_err(Error::other)?;
//! let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
//! let otel = OtelListener::builder(&provider).content(true).build();
//!
//! let chain = lambda(|name: String| format!("Hello {name}"));
//! chain.invoke("Ada").config(RunConfig::new().listener(otel)).await?;
//! provider.shutdown().map_err(Error::other)?; // Sends the remaining spans.
//! # Ok(())
//! # }
//! ```
//!
//! If your program also calls remote models of this project, the exporter and the models use the
//! same `reqwest`, without its default cryptography. The exporter then panics with "No rustls
//! crypto provider is configured". Install a crypto provider at the start of `main`, with the crate
//! `rustls`: `rustls::crypto::ring::default_provider().install_default().ok();`
//!
//! # Spans
//!
//! | run | name of the span | kind | `openinference.span.kind` |
//! |---|---|---|---|
//! | chat model | `chat {model}` | client | `LLM` |
//! | text model | `text_completion {model}` | client | `LLM` |
//! | embedding model | `embeddings {model}` | client | `EMBEDDING` |
//! | tool | `execute_tool {tool}` | internal | `TOOL` |
//! | retriever | `retrieval` | internal | `RETRIEVER` |
//! | root run that is a chain | `invoke_workflow {name}` | internal | `CHAIN` |
//! | custom kind `agent` | `invoke_agent {name}` | internal | `AGENT` |
//! | prompt | the name of the run | internal | `PROMPT` |
//! | any other run | the name of the run | internal | `CHAIN` |
//!
//! The span of a model has its provider, the requested and the answering model, the usage with the
//! tokens of caches and reasoning, the finish reasons, and the time to the first chunk. An answer
//! from an answer cache of the program has the attribute `runnable.answer_cache.hit` in place of the
//! usage, because it has used no tokens. [`names`]
//! lists all attributes.
//!
//! A failed run has the status `Error` and the attribute `error.type` with the
//! [kind](runnable_core::ErrorKind) of the error. A cancelled run has `error.type` `cancelled`.
//! Failed attempts, fallbacks, waits, reports and custom events of a run are events of its span.
//!
//! By default, the SDK keeps 128 attributes of a span. The attributes of messages come last, so the
//! last messages of a long conversation are dropped. Raise the limit with
//! `SdkTracerProvider::builder().with_max_attributes_per_span(…)` or the environment variable
//! `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.
//!
//! # Metrics
//!
//! With [`meter_provider`](OtelListenerBuilder::meter_provider), the listener records histograms:
//!
//! | metric | unit | attributes |
//! |---|---|---|
//! | `gen_ai.client.operation.duration` | s | operation, provider, models, error |
//! | `gen_ai.client.operation.time_to_first_chunk` | s | operation, provider, models, error |
//! | `gen_ai.client.token.usage` | tokens | operation, provider, models, `gen_ai.token.type` |
//! | `gen_ai.execute_tool.duration` | s | tool, error |
//! | `gen_ai.invoke_workflow.duration` | s | workflow, error |
//!
//! # With `tracing`
//!
//! `runnable-core` also has a `tracing` span for each run, with the target `runnable`. If your
//! program uses `tracing-opentelemetry`, exclude this target from its layer, so that each run has
//! only one span:
//!
//! ```
//! use opentelemetry::trace::TracerProvider;
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use tracing_subscriber::{Layer, filter::filter_fn, prelude::*};
//!
//! let provider = SdkTracerProvider::default();
//! let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("my-program"));
//! let layer = layer.with_filter(filter_fn(|metadata| metadata.target() != "runnable"));
//! let subscriber = tracing_subscriber::registry().with(layer);
//! # drop(subscriber);
//! ```
//!
//! A `tracing` span of your program that surrounds a call is then the parent of the root span, and
//! a `tracing` span inside a step is a child of the span of the step.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod names;

mod answer;
mod attributes;
mod builder;
mod content;
mod current_run;
mod description;
mod error_message;
mod listener;
mod metrics;
mod model;
mod open_runs;
mod operation;
mod outcome;
mod span_event;
mod traceparent;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    builder::{OtelListenerBuilder, Tracers},
    listener::OtelListener,
};
