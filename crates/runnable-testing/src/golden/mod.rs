//! Golden files: recorded calls of another implementation. Tests compare them with calls of this
//! implementation.
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
//! - Both traces must have the same runs. Runs are matched by their name, their tags and the names
//!   of their parent runs.
//! - A run must have the same sequence of events in both traces, with the same data, tags and
//!   metadata.
//! - A parent run must start before all events of its child runs, and end after all of these
//!   events.
//! - A chunk of a child run must precede the chunk that the parent run makes from it.
//! - A run without chunk events must end before the first chunk of its parent, if it does so in the
//!   golden trace.
//! - The events of parallel runs may be interleaved in any order. If the case has the field
//!   `concurrent`, the chunks that a parent makes from parallel runs may also be interleaved in any
//!   order. Chunks that the parent makes from its own input, such as the values that `assign`
//!   passes on, must have the same position in both traces.
//!
//! # Accepted differences
//!
//! 1. A run has an error event or a cancelled event, but no end event in the golden trace.
//! 2. The start event of a run contains the input, but in the golden trace the end event contains
//!    it. The two inputs must be equal.
//! 3. A step of a sequence may start before or after the previous step ends.
//! 4. With [`Case::allow_retries`], a run may continue after an error that ends the run in the
//!    golden trace. Its attempts are child runs.
//! 5. If the recorded call has event filters, the first event of the golden trace contains the
//!    input of the call, even if that event belongs to another run. The end event of that run then
//!    has no input. The input of that run is not compared.
//! 6. In the golden trace, a chunk with parts of tool calls also has complete calls with repaired
//!    arguments, and a complete message also has the merged parts. Only the parts of a chunk, and
//!    the calls of a complete message, are compared.
//! 7. Run names differ if the test [maps them](Case::rename), such as the names of models.
//! 8. With [`Case::streaming`], a run has chunk events that the golden trace does not have.
//!
//! # Normalization
//!
//! Some values are converted to a common form before they are compared:
//!
//! - A message without a type is an AI message.
//! - `finish_reason` and `model_name` are in the `response_metadata` of golden messages.
//! - The field `chunk` of a golden message, which distinguishes Python classes, is removed.
//! - If the input of a golden call is a text or a list of messages, it is equal to what this
//!   implementation converts it to: the prompt of a chat model, the `prompts` of a text model, or
//!   the `query` of a retriever.
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
