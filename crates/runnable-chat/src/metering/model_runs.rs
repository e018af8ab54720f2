//! [`ModelRuns`]: the runs of models that are open, so that each call is counted once.

use std::collections::HashMap;

use runnable_core::{Interest, Run, RunId};

use crate::{
    Usage,
    run_kind::{CHAT_MODEL, EMBEDDING, LLM},
};

/// The runs of models that have started and not ended.
#[derive(Debug, Default)]
pub(super) struct ModelRuns {
    open: HashMap<RunId, OpenRun>,
}

/// A run of a model that has not ended.
#[derive(Debug, Default)]
struct OpenRun {
    /// Whether a run of another model has started inside this run.
    has_inner: bool,
    /// The sum of the usages in the reports of this run. `None` if there was no report.
    usage: Option<Usage>,
}

impl ModelRuns {
    /// Returns the events that are needed to count the calls of models. Only answers of chat models
    /// state a usage, so no other values are requested. Other models report their usage.
    pub(super) fn interest(run: &Run) -> Option<Interest> {
        match run.kind {
            CHAT_MODEL => Some(Interest::lifecycle().with_values()),
            LLM | EMBEDDING => Some(Interest::lifecycle()),
            _ => None,
        }
    }

    /// Stores a run of a model that has started.
    pub(super) fn start(&mut self, run: &Run) {
        for parent in run.parent_ids.iter() {
            if let Some(outer) = self.open.get_mut(parent) {
                outer.has_inner = true;
            }
        }
        self.open.entry(run.id).or_default();
    }

    /// Adds a usage that an open run has reported.
    pub(super) fn report(&mut self, run: &Run, usage: Usage) {
        if let Some(open) = self.open.get_mut(&run.id) {
            open.usage = Some(open.usage.unwrap_or_default() + usage);
        }
    }

    /// Returns the usage that an open run has reported so far.
    pub(super) fn reported(&self, run: &Run) -> Option<Usage> {
        self.open.get(&run.id)?.usage
    }

    /// Removes a run that has ended, and returns whether it counts as a call of a model.
    ///
    /// The run of a model that passes its requests on to other models does not count, because the
    /// runs inside it count. A run that was already removed does not count again. This happens if
    /// the same listener is attached twice.
    pub(super) fn end(&mut self, run: &Run) -> bool {
        self.open.remove(&run.id).is_some_and(|open| !open.has_inner)
    }
}
