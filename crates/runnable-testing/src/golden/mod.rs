//! Golden files: what another implementation does with a chain, to compare with what ours does.
//!
//! A golden file is a JSON object: the name of the `case`, what it is `about`, the `op` that was
//! called with which `input`, `config` and `options`, and what came back: `output`, `chunks`,
//! `completed` or `events`, and what it `raised`, if anything.
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
//! Both have the same set of runs, matched by name, tags and the names of their parents. A run has
//! the same sequence of its own events, with the same data, tags and metadata. A chunk of a child
//! comes before the chunk of its parent that it caused; a parent starts before all events of its
//! children, and ends after them. Runs side by side may interleave in any order; in a case that is
//! `concurrent`, so may the chunks that their parent makes of theirs, a key each. A chunk that the
//! parent makes of its own input, such as the values that `assign` passes on, keeps its place.
//!
//! These differences are no findings:
//!
//! 1. A run that the golden trace leaves without an end has its error or its cancellation here.
//! 2. The input may be in a start where the golden trace has none. It must be the input that the
//!    golden trace then has in the end.
//! 3. Of two steps of a sequence, either may start before the other ends.
//! 4. With [`Case::retrying`]: a run goes on where the golden trace gave up, and each attempt is a
//!    run of its own inside it.
//! 5. Where the case has filters, the golden trace has the input of the call in its first event,
//!    whatever run that is of, and none in that run's end. The input of that run is not compared.
//! 6. Where a chunk brings pieces of tool calls, the golden trace has besides what the half arguments
//!    would be if they were repaired, and in the whole message the merged pieces. Of a chunk, only
//!    the pieces count, and of a whole message only the calls.
//! 7. Names that the test [maps](Case::rename), such as those of models.
//! 8. With [`Case::streaming`]: a run has chunk events where the golden trace has none.
//!
//! A run without chunk events ends before the chunks that it causes in the run around it, if it does
//! so in the golden trace.
//!
//! Some values have another form, and are brought into one before they are compared: a message
//! that says nothing of its type is one of a model; `finish_reason` and `model_name` stand in the
//! golden `response_metadata`; the golden mark `chunk` of a message is its class in Python, and is
//! dropped; text and lists of messages that the golden call was given as an input stand for what
//! they become: a prompt, the `prompts` of a text model, the `query` of a retriever; metadata that an implementation adds about itself (`ls_…`, `lc_…`,
//! `langgraph_…`) is dropped; of an error, the message counts.

mod alignment;
mod case;
mod comparison;
mod mismatch;
mod neutral;
mod run;
mod trace;

pub use self::{case::Case, mismatch::Mismatch};
