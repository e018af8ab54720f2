//! [`DebuggerControl`]: receives the stops of a debugger.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::{breakpoint::Breakpoint, shared::Shared, stop::Stop};

/// Receives the stops of a [`Debugger`](crate::Debugger).
///
/// Created by [`Debugger::new`](crate::Debugger::new). If it is dropped, all runs continue, and the
/// debugger does not stop any run.
#[derive(Debug)]
#[must_use = "all runs continue when the control is dropped"]
pub struct DebuggerControl {
    stops: UnboundedReceiver<Stop>,
    shared: Arc<Shared>,
}

impl DebuggerControl {
    pub(super) fn new(stops: UnboundedReceiver<Stop>, shared: Arc<Shared>) -> Self {
        Self { stops, shared }
    }

    /// Adds a breakpoint, as [`Debugger::break_on`](crate::Debugger::break_on) does.
    pub fn break_on(&self, breakpoint: Breakpoint) {
        self.shared.break_on(breakpoint);
    }

    /// Waits for the next stop. Several runs can be stopped at the same time. Each of them has its
    /// own stop.
    ///
    /// Returns `None` when no further stop is possible: the debugger was dropped, and all calls
    /// with its configuration have ended.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, no stop is lost.
    pub async fn next_stop(&mut self) -> Option<Stop> {
        self.stops.recv().await
    }

    /// Waits for the next stop on this thread, as [`next_stop`](Self::next_stop) does.
    ///
    /// # Panics
    ///
    /// Panics if it is called in async code, because it blocks the thread.
    pub fn blocking_next_stop(&mut self) -> Option<Stop> {
        self.stops.blocking_recv()
    }
}

impl Drop for DebuggerControl {
    fn drop(&mut self) {
        self.shared.turn_off();
    }
}
