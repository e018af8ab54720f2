//! [`Stop`]: a run that a debugger holds.

use std::{fmt, sync::Arc};

use runnable_core::{CancellationToken, Run};
use serde_json::Value;

use super::{
    holds::{StepRequest, key_of},
    shared::Shared,
};
use crate::StreamEvent;

/// A run that a [`Debugger`](crate::Debugger) holds, and the event at which it stopped.
///
/// Created by [`DebuggerControl::next_stop`](crate::DebuggerControl::next_stop). If it is dropped,
/// the run continues.
#[must_use = "the run continues when the stop is dropped"]
pub struct Stop {
    event: StreamEvent,
    input: Option<Arc<Value>>,
    number: u64,
    shared: Arc<Shared>,
    token: CancellationToken,
}

impl Stop {
    pub(super) fn new(
        event: StreamEvent,
        input: Option<Arc<Value>>,
        number: u64,
        shared: Arc<Shared>,
        token: CancellationToken,
    ) -> Self {
        Self { event, input, number, shared, token }
    }

    /// Returns the run that stopped.
    pub fn run(&self) -> &Run {
        &self.event.run
    }

    /// Returns the event at which the run stopped.
    pub fn event(&self) -> &StreamEvent {
        &self.event
    }

    /// Returns the input of the run. Returns `None` if the input is not complete, because the step
    /// processes it in chunks.
    pub fn input(&self) -> Option<&Value> {
        self.input.as_deref()
    }

    /// Returns the runs of the call as a tree, one line for each run.
    pub fn tree(&self) -> String {
        self.shared.read(|state| state.tree.print(self.run()))
    }

    /// Lets the run continue to the next breakpoint.
    #[doc(alias = "continue")]
    pub fn resume(self) {
        drop(self);
    }

    /// Lets the run continue, and stops before the next step that starts in the same call.
    #[doc(alias = "step_into")]
    pub fn step(self) {
        self.request(false);
    }

    /// Lets the run continue, and stops before the next step of the same call that is not inside
    /// this run. Breakpoints inside this run still apply.
    #[doc(alias = "next")]
    pub fn step_over(self) {
        self.request(true);
    }

    /// Cancels the call. It fails with an error of kind
    /// [`Cancelled`](runnable_core::ErrorKind::Cancelled).
    ///
    /// All calls that got the same [`config`](crate::Debugger::config) are cancelled, such as the
    /// other inputs of a batch.
    pub fn cancel(self) {
        // Cancel before the run is released, so that the run is not polled again before the
        // cancellation.
        self.token.cancel();
    }

    fn request(self, over: bool) {
        let run = self.run();
        let over = over.then(|| key_of(run));
        let request = StepRequest { root: run.root_id(), over };
        self.shared.release(self.number, Some(request));
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.shared.release(self.number, None);
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop")
            .field("event", &self.event)
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}
