//! [`RunIndex`]: finds the run to which an event belongs.

use std::{collections::HashMap, sync::Arc};

/// Finds the run to which an event belongs.
///
/// The ID of a run is not unique: a caller can use an ID for several calls, and a step can give the
/// ID of a run to a run inside it. The depth distinguishes a run from the runs inside it, so a run
/// is never its own parent. Of several runs with the same ID and depth, an event belongs to the
/// last run that has not ended.
#[derive(Clone, Debug, Default)]
pub(super) struct RunIndex {
    runs: HashMap<(Arc<str>, usize), Known>,
    by_id: HashMap<Arc<str>, usize>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    latest: usize,
    open: Vec<usize>,
}

impl RunIndex {
    /// Adds a run, which is open.
    pub(super) fn add(&mut self, id: &Arc<str>, depth: usize, run: usize) {
        let known = self.runs.entry((Arc::clone(id), depth)).or_default();
        known.latest = run;
        known.open.push(run);
        self.by_id.entry(Arc::clone(id)).or_insert(run);
    }

    /// Returns the last open run with this ID and depth, or else the last that has ended.
    pub(super) fn find(&self, id: &Arc<str>, depth: usize) -> Option<usize> {
        let known = self.runs.get(&(Arc::clone(id), depth))?;
        Some(known.open.last().copied().unwrap_or(known.latest))
    }

    /// Returns the first run with this ID.
    pub(super) fn first(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Marks a run as ended.
    pub(super) fn close(&mut self, id: &Arc<str>, depth: usize, run: usize) {
        if let Some(known) = self.runs.get_mut(&(Arc::clone(id), depth)) {
            // The run is almost always the last one.
            if let Some(at) = known.open.iter().rposition(|open| *open == run) {
                known.open.remove(at);
            }
        }
    }
}
