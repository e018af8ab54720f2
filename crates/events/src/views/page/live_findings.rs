//! [`LiveFindings`]: the findings of a growing trace.

use serde_json::Value;

use super::{page_finding::findings_of, revisions::Revisions};
use crate::{RecordedEvent, Trace};

/// The findings of a growing trace. To find them costs time, so this happens only when a browser
/// asks, and only if a run has ended since the last time.
#[derive(Debug)]
pub(super) struct LiveFindings {
    list: Value,
    /// The revision at which the list changed.
    revision: u64,
    is_outdated: bool,
}

impl Default for LiveFindings {
    fn default() -> Self {
        Self { list: Value::Array(Vec::new()), revision: 0, is_outdated: false }
    }
}

impl LiveFindings {
    /// Notes that the trace contains another event.
    pub(super) fn add_event(&mut self, event: &RecordedEvent) {
        self.is_outdated |= event.is_terminal();
    }

    /// Notes that the program has ended: runs without an end can have findings, too.
    pub(super) fn finish(&mut self) {
        self.is_outdated = true;
    }

    /// Finds what is wrong with the trace so far.
    pub(super) fn update(&mut self, trace: &Trace, revisions: &mut Revisions) {
        if !std::mem::take(&mut self.is_outdated) {
            return;
        }
        let list = findings_of(trace);
        if list != self.list {
            self.list = list;
            self.revision = revisions.advance();
        }
    }

    pub(super) fn list(&self) -> &Value {
        &self.list
    }

    /// Returns the list if it has changed after a revision.
    pub(super) fn changed_since(&self, revision: u64) -> Option<&Value> {
        (self.revision > revision).then_some(&self.list)
    }
}
