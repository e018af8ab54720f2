//! [`Closing`]: what the last line of a run shows.

use std::time::Duration;

use runnable_chat::Usage;

use crate::text::Preview;

/// What the last line of a run shows: how the run ended, its times and its token usage.
pub(super) struct Closing {
    pub(super) outcome: Outcome,
    /// Whether this is the run of a chat model.
    pub(super) is_model: bool,
    /// The time from the start to the end, or to the last known event of an unfinished run.
    pub(super) elapsed: Duration,
    pub(super) first_chunk: Option<Duration>,
    pub(super) chunks: u64,
    pub(super) usage: Option<Usage>,
    /// The cost of the run, as text with its currency. `None` if it is not known.
    pub(super) cost: Option<String>,
    /// Text that distinguishes the run from other runs with the same name.
    pub(super) notes: Vec<String>,
    /// The input, if it is known only at the end.
    pub(super) input: Option<Preview>,
    pub(super) output: Option<Preview>,
    /// The lines of the findings of a call, below its last line.
    pub(super) findings: String,
}

/// How a run ended.
pub(super) enum Outcome {
    Ok,
    /// The message of the error. It is empty if the run only passes an error on.
    Error(String),
    /// The cause, if it is not simply that the call was dropped.
    Cancelled(Option<String>),
    /// The recording contains no end of the run.
    Unfinished,
}
