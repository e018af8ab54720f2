//! [`RecordedCall`]: a call of a model, a tool or a retriever, as it was recorded.

use std::time::Duration;

use runnable_core::Error;
use serde_json::Value;

use super::site::{Root, Site};
use crate::diff::{Ending, RecordedRun};

/// A recorded call, with everything that is needed to serve it again.
#[derive(Debug)]
pub(super) struct RecordedCall {
    pub(super) root: Root,
    /// The number of the run in the recording.
    pub(super) run: usize,
    /// The input. `None` if it was not recorded.
    pub(super) input: Option<Value>,
    /// The chunks, with their times since the start of the call.
    pub(super) chunks: Vec<(Duration, Value)>,
    pub(super) result: RecordedResult,
    /// The time from the start of the call to its end.
    pub(super) elapsed: Duration,
    pub(super) is_served: bool,
}

/// How a recorded call ended.
#[derive(Clone, Debug)]
pub(super) enum RecordedResult {
    Output(Value),
    Error(Error),
    /// The call was dropped, for example by a time limit.
    Cancelled,
    /// The recording does not contain an output.
    Missing,
}

impl RecordedCall {
    /// Returns a call of a recording with its site.
    pub(super) fn of(runs: &[RecordedRun<'_>], index: usize) -> Option<(Site, Self)> {
        let run = runs.get(index)?;
        let (root, site) = Site::recorded(runs, index);
        let (result, partial) = match run.ending {
            Ending::Output(Some(output)) => (RecordedResult::Output(output.clone()), None),
            Ending::Output(None) | Ending::Unfinished => (RecordedResult::Missing, None),
            Ending::Error { error, partial } => (RecordedResult::Error(error.to_error()), partial),
            Ending::Cancelled { partial, .. } => (RecordedResult::Cancelled, partial),
        };
        let mut chunks: Vec<_> =
            run.chunks.iter().map(|(time, chunk)| (*time, (*chunk).clone())).collect();
        // A recording without chunk events still contains what the call yielded before its error.
        if let (true, Some(partial)) = (chunks.is_empty(), partial) {
            chunks.push((run.elapsed, partial.clone()));
        }
        let call = Self {
            root,
            run: index,
            input: run.input.cloned(),
            chunks,
            result,
            elapsed: run.elapsed,
            is_served: false,
        };
        Some((site, call))
    }
}
