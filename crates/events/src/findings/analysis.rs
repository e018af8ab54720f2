//! [`Analysis`]: a trace, with the results that several rules use.

use std::time::Duration;

use runnable_chat::run_kind;

use super::{finding::Finding, finding_options::FindingOptions};
use crate::{Trace, TraceRun};

/// A trace, with the results that several rules use.
pub(super) struct Analysis<'a> {
    pub(super) trace: &'a Trace,
    pub(super) options: &'a FindingOptions,
    /// Whether each run, or a run inside it, needs its complete input, because it is a model, a
    /// tool, a retriever or a prompt.
    needs_complete_input: Vec<bool>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Analysis<'a> {
    pub(super) fn new(trace: &'a Trace, options: &'a FindingOptions) -> Self {
        let mut needs_complete_input = vec![false; trace.runs().len()];
        // Children are after their parents, so one pass from the end is sufficient.
        for run in trace.runs().iter().rev() {
            let needs = needs_complete_input.get(run.number()).is_some_and(|needs| *needs);
            if needs || is_complete_kind(run) {
                for run in [Some(run), trace.parent(run)].into_iter().flatten() {
                    if let Some(needs) = needs_complete_input.get_mut(run.number()) {
                        *needs = true;
                    }
                }
            }
        }
        Self { trace, options, needs_complete_input, findings: Vec::new() }
    }

    /// Returns whether a run, or a run inside it, needs its complete input.
    pub(super) fn needs_complete_input(&self, run: &TraceRun) -> bool {
        self.needs_complete_input.get(run.number()).is_some_and(|needs| *needs)
    }

    /// Returns whether a lost time is long enough to be reported as a finding about a run.
    pub(super) fn matters(&self, lost: Duration, run: &TraceRun) -> bool {
        lost >= self.options.min_time && self.is_share(lost, run, self.options.min_share)
    }

    /// Returns whether a time is at least this share of the duration of the call of a run.
    pub(super) fn is_share(&self, time: Duration, run: &TraceRun, share: f64) -> bool {
        time.as_secs_f64() >= share * self.call_time(run).as_secs_f64()
    }

    /// Returns the duration of the call of a run.
    pub(super) fn call_time(&self, run: &TraceRun) -> Duration {
        let root = self.trace.root(run);
        root.last_time().saturating_sub(root.start)
    }

    /// Returns the outermost of the runs that enclose a run and have failed or were cancelled, if
    /// there is one.
    pub(super) fn failed_ancestor(&self, run: &'a TraceRun) -> Option<&'a TraceRun> {
        self.trace.ancestors(run).filter(|ancestor| ancestor.state.is_failure()).last()
    }
}

fn is_complete_kind(run: &TraceRun) -> bool {
    let kinds = [run_kind::TOOL, run_kind::RETRIEVER, run_kind::PROMPT];
    run.is_model() || kinds.iter().any(|kind| kind.as_str() == &*run.kind)
}
