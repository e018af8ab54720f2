//! Event streams, console output, recordings, replays and a debugger for [`runnable_core`] chains.
//!
//! Every run of a step has one start event, any number of chunk events, and exactly one end event.
//!
//! ```
//! use runnable_core::prelude::*;
//! use runnable_events::StreamEventsExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let greet = lambda(|name: String| format!("hello, {name}"));
//! let shout = map_chunks(|text: String| text.to_uppercase());
//! let chain = greet.pipe(shout);
//!
//! let mut events = chain.stream_events("ada");
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     println!("{} {}", event.event_name(), event.run.name); // on_chain_start RunnableSequence …
//!     if let Some(text) = event.text() {
//!         println!("  {text}");
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | to | use |
//! |---|---|
//! | receive the events of a call as a stream | [`stream_events`](StreamEventsExt::stream_events) |
//! | receive the events of some runs only | the [filters](EventStream#filters) of the stream |
//! | write events as JSON, for example to a log | [`StreamEvent`], which implements `Serialize` |
//! | write events in the format of LangChain's `astream_events` | [`StreamEvent::to_langchain_v2`] |
//! | print a call as a tree on the console | [`ConsoleTree`], as a listener of the call |
//! | store the events of calls in a file | [`Recorder`], as a listener of the calls |
//! | load the events from such a file | [`Recording`] |
//! | store events elsewhere, or in several places | a [`Sink`] of a recorder |
//! | remove secrets from text, JSON or events | [`Redaction`] |
//! | run a chain again with the recorded answers of its models and tools | [`Replay`] |
//! | compare two recordings | [`RecordingDiff`] |
//! | stop a chain before a step or at an event, and inspect it | [`Debugger`] |
//! | examine the runs of calls as a tree, live or from a file | [`Trace`] |
//! | find the problems of a call | [`Trace::findings`] |
//! | view a trace in a browser | [`Trace::page`] |
//! | serve a page that follows a running program | [`LivePage`] |
//! | print a trace as a tree | [`Trace::tree`] |
//! | convert a trace to Markdown, for an issue or for a model | [`Trace::markdown`] |
//! | draw a trace as a sequence diagram | [`Trace::mermaid`] |
//! | open a trace in Perfetto | [`Trace::perfetto`] |
//! | handle events in a custom way | a [`Listener`](runnable_core::Listener) |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod console;
mod debugger;
mod diff;
mod event;
mod event_stream;
mod filter;
mod findings;
mod queue;
mod record;
mod recorder;
mod redact;
mod replay;
mod serialize;
mod sha256;
mod sinks;
mod text;
mod timestamp;
mod trace;
mod v2;
mod views;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    console::{ConsoleTree, TraceTree},
    debugger::{Breakpoint, Debugger, DebuggerControl, Stop, StopAt},
    diff::{Difference, RecordingDiff, RunComparison, RunFacts, ValueDiff},
    event::{EventData, StreamEvent},
    event_stream::{EventStream, StreamEventsExt},
    findings::{Finding, FindingCode, FindingLevel, FindingOptions, FoundRun},
    record::{
        BrokenLine, RecordedData, RecordedError, RecordedEvent, RecordedPosition, Recording,
        RecordingHeader, SchemaVersion,
    },
    recorder::{Recorder, RecorderBuilder, RecorderReport},
    redact::{CallRedaction, Content, Redaction, RedactionBuilder},
    replay::{Replay, ReplayMismatch},
    sinks::{JsonLines, Overflow, Sink, SinkOptions, SinkReport},
    trace::{
        ChunkGaps, HttpExchange, Occurrence, PathSegment, RunState, Trace, TraceChunk,
        TraceFallback, TraceRetry, TraceRun, TraceWait, TreeCost, TreeUsage,
    },
    views::{LivePage, TraceMarkdown, TraceMermaid, TracePage, TracePerfetto},
};
