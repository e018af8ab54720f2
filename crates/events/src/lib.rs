//! Watch a [`runnable_core`] chain run: every step has a start, chunks, and exactly one end.
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
//! | to watch a run | use |
//! |---|---|
//! | event by event, in the program | [`stream_events`](StreamEventsExt::stream_events) |
//! | some runs only | its [filters](EventStream#filters) |
//! | as JSON, for a log | `Event` is `Serialize` |
//! | as JSON, in the form of LangChain's `astream_events` | [`Event::to_langchain_v2`] |
//! | as a tree, on the console | [`ConsoleTree`], as a listener of any call |
//! | in a way of one's own | a [`Listener`](runnable_core::Listener) |

mod console;
mod event;
mod event_stream;
mod filter;
mod queue;
mod serialize;
mod timestamp;
mod v2;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    console::ConsoleTree,
    event::{EventData, StreamEvent},
    event_stream::{EventStream, StreamEventsExt},
};
