//! Event streams and console output for [`runnable_core`] chains.
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
//! | handle events in a custom way | a [`Listener`](runnable_core::Listener) |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod console;
mod event;
mod event_stream;
mod filter;
mod queue;
mod serialize;
mod timestamp;
mod v2;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    console::ConsoleTree,
    event::{EventData, StreamEvent},
    event_stream::{EventStream, StreamEventsExt},
};
