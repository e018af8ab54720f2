//! [`OpenCalls`]: the calls of a program that have not ended.

use std::collections::VecDeque;

use runnable::events::{RecordedData, RecordedEvent, Trace};

/// The number of ended calls whose late events are ignored. A task that a step has spawned can emit
/// events after the end of the call.
const REMEMBERED: usize = 256;

/// The calls of a program that have not ended.
///
/// Each call has its own trace, which is removed at the end of the call. One trace of all calls
/// would grow for as long as the program runs.
#[derive(Default)]
pub(super) struct OpenCalls {
    /// The calls, in the order in which their first events arrived.
    calls: Vec<OpenCall>,
    /// The IDs of the root runs of the calls that have ended last.
    ended: VecDeque<String>,
}

struct OpenCall {
    root_id: String,
    trace: Trace,
}

impl OpenCalls {
    /// Adds an event to the trace of its call.
    pub(super) fn add(&mut self, event: &RecordedEvent) {
        let root_id = event.root_id();
        // Search from the end, because a program that was killed leaves calls that never end.
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.root_id == root_id) {
            call.trace.add(event);
            return;
        }
        let starts_call =
            event.parent_ids.is_empty() && matches!(event.data, RecordedData::Start { .. });
        if starts_call || !self.ended.iter().any(|ended| ended == root_id) {
            let call = OpenCall { root_id: root_id.to_owned(), trace: Trace::new() };
            self.calls.push(call);
            self.add(event);
        }
    }

    /// Removes the calls that have ended, and returns their traces.
    pub(super) fn take_ended(&mut self) -> Vec<Trace> {
        let has_ended = |call: &mut OpenCall| call.trace.roots().all(|root| root.end.is_some());
        let ended: Vec<_> = self.calls.extract_if(.., has_ended).collect();
        self.ended.extend(ended.iter().map(|call| call.root_id.clone()));
        let forgotten = self.ended.len().saturating_sub(REMEMBERED);
        self.ended.drain(..forgotten);
        ended.into_iter().map(|call| call.trace).collect()
    }

    /// Removes all calls, and returns their traces.
    pub(super) fn take_all(&mut self) -> Vec<Trace> {
        self.ended.clear();
        self.calls.drain(..).map(|call| call.trace).collect()
    }

    pub(super) fn traces(&self) -> impl Iterator<Item = &Trace> {
        self.calls.iter().map(|call| &call.trace)
    }
}
