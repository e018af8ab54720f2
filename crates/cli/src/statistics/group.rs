//! [`Group`]: the runs of one step or of one model.

use std::time::Duration;

use runnable::{
    Usage,
    events::{RunState, Trace, TraceRun},
    pricing::{Cost, Prices},
};
use serde::Serialize;

use super::percentiles::Percentiles;

/// Statistics of the runs of one step, or of one model.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) runs: u64,
    pub(crate) failed: u64,
    pub(crate) cancelled: u64,
    pub(crate) unfinished: u64,
    /// The durations of the runs that have ended.
    pub(crate) duration_ms: Option<Percentiles>,
    /// The times to the first chunk, of the runs that have more than one chunk.
    pub(crate) first_chunk_ms: Option<Percentiles>,
    pub(crate) usage: Usage,
    /// The cost of the calls of models whose cost is known.
    pub(crate) cost: Cost,
    /// The number of calls of models in the runs whose cost is not known.
    pub(crate) calls_of_unknown_cost: u64,
}

/// Collects the runs of a [`Group`].
#[derive(Debug, Default)]
pub(super) struct GroupBuilder {
    runs: u64,
    failed: u64,
    cancelled: u64,
    unfinished: u64,
    durations: Vec<Duration>,
    first_chunks: Vec<Duration>,
    usage: Usage,
    cost: Cost,
    calls_of_unknown_cost: u64,
}

impl GroupBuilder {
    pub(super) fn add(&mut self, run: &TraceRun, trace: &Trace, prices: &Prices) {
        self.runs += 1;
        match run.state {
            RunState::Failed(_) => self.failed += 1,
            RunState::Cancelled { .. } => self.cancelled += 1,
            RunState::Unfinished => self.unfinished += 1,
            _ => (),
        }
        self.durations.extend(run.duration());
        if run.chunk_count > 1 {
            self.first_chunks.extend(run.time_to_first_chunk());
        }
        for call in trace.model_calls(run) {
            self.usage += call.usage.unwrap_or_default().billed();
            match call.cost(prices) {
                Ok(cost) => self.cost += cost,
                Err(_) => self.calls_of_unknown_cost += 1,
            }
        }
    }

    pub(super) fn build(self, name: String) -> Group {
        Group {
            name,
            runs: self.runs,
            failed: self.failed,
            cancelled: self.cancelled,
            unfinished: self.unfinished,
            duration_ms: Percentiles::of(self.durations),
            first_chunk_ms: Percentiles::of(self.first_chunks),
            usage: self.usage,
            cost: self.cost,
            calls_of_unknown_cost: self.calls_of_unknown_cost,
        }
    }
}

impl Group {
    /// Returns the cost as text. If the cost of some calls is unknown, the text states a lower
    /// bound. If no cost is known, the text is `unknown`.
    pub(crate) fn cost_text(&self) -> String {
        let has_tokens = self.usage.total_tokens > 0 || self.calls_of_unknown_cost > 0;
        match (self.cost.is_zero(), self.calls_of_unknown_cost) {
            _ if !has_tokens => String::new(),
            (true, 1..) => "unknown".to_owned(),
            (_, 0) => self.cost.to_string(),
            (false, _) => format!("≥ {}", self.cost),
        }
    }
}
