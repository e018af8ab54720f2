//! [`LiveFindings`]: returns the findings of each call when the call ends.

use std::collections::HashMap;

use runnable_core::{RunEvent, RunEventData, RunId};

use crate::{Finding, RecordedEvent, StreamEvent, Trace};

/// The traces of the calls that are running.
#[derive(Default)]
pub(super) struct LiveFindings {
    pub(super) is_enabled: bool,
    /// The traces, by the IDs of their root runs.
    traces: HashMap<RunId, Trace>,
}

impl LiveFindings {
    /// Adds an event. Returns the findings of the call, if this is its last event.
    pub(super) fn add(&mut self, event: &RunEvent<'_>) -> Vec<Finding> {
        let root = event.run.root_id();
        let is_root = event.run.parent_ids.is_empty();
        if is_root && matches!(event.data, RunEventData::Start { .. }) {
            self.traces.insert(root, Trace::new());
        }
        // A run in a task can outlive its call.
        let Some(trace) = self.traces.get_mut(&root) else { return Vec::new() };
        if let Some(event) = StreamEvent::from_run_event(event) {
            let mut event = RecordedEvent::from(event);
            event.seq = trace.event_count();
            trace.add(&event);
        }
        if !(is_root && event.data.is_terminal()) {
            return Vec::new();
        }
        self.traces.remove(&root).map(|trace| trace.findings()).unwrap_or_default()
    }
}
