//! Golden files: recorded calls of another implementation, to compare with calls of this one.
//!
//! A golden file is a JSON object with these fields:
//!
//! | field | value |
//! |---|---|
//! | `case`, `about` | the name and the description of the case |
//! | `op` | the method that was called |
//! | `input`, `config`, `options` | the arguments of the call |
//! | `output`, `chunks`, `completed` or `events` | the result of the call |
//! | `raised` | the error of the call, if it failed |
//!
//! ```
//! use futures::StreamExt;
//! use runnable_core::prelude::*;
//! use runnable_events::StreamEventsExt;
//! use runnable_testing::golden::Case;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let case = Case::parse(r#"{
//!     "case": "add_one", "op": "events", "input": 1, "events": [
//!         {"event": "on_chain_start", "name": "add_one", "run": 0, "data": {"input": 1}},
//!         {"event": "on_chain_stream", "name": "add_one", "run": 0, "data": {"chunk": 2}},
//!         {"event": "on_chain_end", "name": "add_one", "run": 0, "data": {"output": 2}}
//!     ]
//! }"#)?;
//! let step = lambda(|n: i64| n + 1).with_name("add_one");
//! case.assert_events(&step.stream_events(1).collect::<Vec<_>>().await);
//! # Ok(())
//! # }
//! ```
//!
//! # How traces are compared
//!
//! - Both traces must have the same runs. Runs are matched by name, tags and the names of their
//!   parents.
//! - A run must have the same sequence of events, with the same data, tags and metadata.
//! - A parent must start before all events of its children, and end after them.
//! - A chunk of a child must come before the chunk that the parent makes from it.
//! - A run without chunk events must end before the chunks that its parent makes from its output,
//!   if it does so in the golden trace.
//! - The events of parallel runs may be interleaved in any order. In a case that is `concurrent`,
//!   the chunks that a parent makes from parallel runs may be interleaved, too. Chunks that the
//!   parent makes from its own input, such as the values that `assign` passes on, must keep their
//!   position.
//!
//! # Accepted differences
//!
//! 1. A run without an end event in the golden trace has an error event or a cancelled event.
//! 2. The input of a run is in its start event, but in the golden trace it is in the end event. The
//!    inputs must be equal.
//! 3. A step of a sequence starts before the previous step ends, or after it.
//! 4. With [`Case::allow_retries`], a run continues where the golden trace fails, and its attempts
//!    are child runs.
//! 5. If the case has filters, the golden trace has the input of the call in its first event, even
//!    if that event belongs to another run, and the end event of that run has no input. The input
//!    of that run is not compared.
//! 6. For a chunk with parts of tool calls, the golden trace also has calls with repaired
//!    arguments. For a complete message, it also has the merged parts. Only the parts of a chunk
//!    and the calls of a complete message are compared.
//! 7. Run names that the test [maps](Case::rename), such as the names of models.
//! 8. With [`Case::streaming`], a run has chunk events that the golden trace does not have.
//!
//! # Normalization
//!
//! Some values are converted to a common form before they are compared:
//!
//! - A message without a type is an AI message.
//! - `finish_reason` and `model_name` are in the `response_metadata` of golden messages.
//! - The mark `chunk` of a golden message, which is its Python class, is removed.
//! - Text and lists of messages as the input of a golden call are equal to the prompt, to the
//!   `prompts` of a text model, or to the `query` of a retriever that they are converted to.
//! - Metadata that an implementation adds about itself (`ls_…`, `lc_…`, `langgraph_…`) is removed.
//! - Only the messages of errors are compared.

mod alignment;
mod case;
mod comparison;
mod mismatch;
mod neutral;
mod run;
mod trace;

pub use self::{case::Case, mismatch::Mismatch};
