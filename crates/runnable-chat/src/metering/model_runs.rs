//! [`ModelRuns`]: the runs of models that are open, so that each call is counted once.

use std::collections::HashMap;

use runnable_core::{Interest, Run, RunId};

use crate::run_kind::{CHAT_MODEL, EMBEDDING, LLM};

/// The runs of models that have started and not ended.
#[derive(Debug, Default)]
pub(super) struct ModelRuns {
    /// For each run, whether a run of another model has started inside it.
    open: HashMap<RunId, bool>,
}

impl ModelRuns {
    /// Returns the events that are needed to count the calls of models. Only answers of chat models
    /// state a usage, so no other values are requested.
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
            if let Some(has_inner) = self.open.get_mut(parent) {
                *has_inner = true;
            }
        }
        self.open.entry(run.id).or_default();
    }

    /// Removes a run that has ended, and returns whether it counts as a call of a model.
    ///
    /// The run of a model that passes its requests on to other models does not count, because the
    /// runs inside it count. A run that was already removed does not count again. This happens if
    /// the same listener is attached twice.
    pub(super) fn end(&mut self, run: &Run) -> bool {
        self.open.remove(&run.id) == Some(false)
    }
}
