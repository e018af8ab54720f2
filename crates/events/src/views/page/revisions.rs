//! [`Revisions`]: which runs of a growing trace have changed.

use crate::{RecordedEvent, Trace, TraceRun};

/// The revisions of the runs of a growing trace. Each event makes a new revision of the trace, and
/// a run has the revision of its last change.
#[derive(Clone, Debug, Default)]
pub(super) struct Revisions {
    current: u64,
    /// The revision of each run, by its number.
    runs: Vec<u64>,
}

impl Revisions {
    /// Adds an event to the trace, and marks the runs that it changes.
    pub(super) fn add_event(&mut self, trace: &mut Trace, event: &RecordedEvent) {
        let started = trace.started();
        let number = trace.add_to_run(event);
        let revision = self.advance();
        if started.is_some() && trace.started() != started {
            // An earlier start moves the times of all runs.
            self.runs.fill(revision);
        }
        self.runs.resize(trace.runs().len(), revision);
        let Some(run) = trace.runs().get(number) else { return };
        self.mark(run);
        trace.ancestors(run).filter(|run| depends_on_children(run)).for_each(|run| self.mark(run));
    }

    /// Starts a new revision without a change of a run, and returns it.
    pub(super) fn advance(&mut self) -> u64 {
        self.current = self.current.saturating_add(1);
        self.current
    }

    pub(super) fn current(&self) -> u64 {
        self.current
    }

    /// Returns the runs that have changed after a revision, in the order of the trace.
    pub(super) fn changed_since<'a>(
        &'a self,
        revision: u64,
        trace: &'a Trace,
    ) -> impl Iterator<Item = &'a TraceRun> {
        let runs = trace.runs().iter().zip(&self.runs);
        runs.filter(move |(_, changed)| **changed > revision).map(|(run, _)| run)
    }

    fn mark(&mut self, run: &TraceRun) {
        if let Some(revision) = self.runs.get_mut(run.number()) {
            *revision = self.current;
        }
    }
}

/// Returns whether the page shows a run differently after an event of a run inside it: the start of
/// a run without events of its own, and the cost of a model that contains another model.
fn depends_on_children(run: &TraceRun) -> bool {
    run.kind.is_empty() || run.links.has_model_inside && run.is_model()
}
