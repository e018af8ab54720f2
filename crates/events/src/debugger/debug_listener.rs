//! [`DebugListener`]: stops the runs of the calls that have the configuration of a debugger.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use runnable_core::{CancellationToken, Interest, Listener, Run, RunEvent, RunEventData};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    breakpoint::StopAt,
    holds::{RunKey, key_of},
    shared::Shared,
    stop::Stop,
};
use crate::{EventData, StreamEvent};

/// Stops the runs of a call.
pub(super) struct DebugListener {
    pub(super) shared: Arc<Shared>,
    /// Cancels the call.
    pub(super) token: CancellationToken,
    pub(super) stops: UnboundedSender<Stop>,
}

impl DebugListener {
    /// Returns whether the debugger stops at this event.
    fn stops_at(&self, event: &RunEvent<'_>, at: StopAt) -> bool {
        let (breakpoints, is_off) =
            self.shared.read(|state| (Arc::clone(&state.breakpoints), state.is_off));
        if is_off {
            return false;
        }
        let mut was_requested = false;
        if at == StopAt::Start {
            self.shared.update(|state| {
                was_requested = state.holds.take_request(event.run);
                Vec::new()
            });
        }
        was_requested || breakpoints.iter().any(|breakpoint| breakpoint.matches(event, at))
    }

    /// Adds a run that starts to the tree, or marks a run that ends.
    fn follow(&self, event: &RunEvent<'_>) {
        match &event.data {
            RunEventData::Start { .. } => {
                let input = match StreamEvent::from_run_event(event).map(|event| event.data) {
                    Some(EventData::Start { input }) => input.map(Arc::new),
                    _ => None,
                };
                self.shared.update(|state| {
                    state.tree.start(event.run, input);
                    Vec::new()
                });
            }
            data if event.data.is_terminal() => self.shared.update(|state| {
                state.tree.end(event.run, data);
                if event.run.parent_ids.is_empty() {
                    state.holds.end_requests(event.run.id);
                }
                state.holds.release_run(key_of(event.run))
            }),
            _ => {}
        }
    }

    fn stop(&self, event: &RunEvent<'_>) {
        let Some(owned) = StreamEvent::from_run_event(event) else { return };
        let (run, mut stop) = (event.run, 0);
        let input = self.shared.read(|state| state.tree.input(run));
        self.shared.update(|state| {
            stop = state.holds.hold(held_by(event));
            Vec::new()
        });
        let stop = Stop::new(owned, input, stop, Arc::clone(&self.shared), self.token.clone());
        // If the control was dropped, sending fails and drops the stop, so that the run continues.
        self.stops.send(stop).unwrap_or_default();
    }
}

/// Returns the run that is held by a stop at this event. A run that has ended cannot be held, so
/// its parent is held, and with it the runs that come next.
fn held_by(event: &RunEvent<'_>) -> Option<RunKey> {
    let run = event.run;
    if event.data.is_terminal() {
        run.parent_id().zip(run.parent_ids.len().checked_sub(1))
    } else {
        Some(key_of(run))
    }
}

#[deny(clippy::missing_trait_methods)]
impl Listener for DebugListener {
    fn interest(&self, _: &Run) -> Option<Interest> {
        let values = Interest::lifecycle().with_values();
        let (is_off, chunks) = self.shared.read(|state| {
            let chunks = state.breakpoints.iter().any(|breakpoint| breakpoint.stops_at_chunks());
            (state.is_off, chunks)
        });
        (!is_off).then(|| if chunks { values.with_chunks() } else { values })
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let Some(at) = StopAt::of(&event.data) else { return };
        // Mark a run as ended after its stop was created, because the tree removes the input of an
        // ended run.
        let ends = event.data.is_terminal();
        if !ends {
            self.follow(event);
        }
        if self.stops_at(event, at) {
            self.stop(event);
        }
        if ends {
            self.follow(event);
        }
    }

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_run(&self, run: &Run, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.poll_run(run, cx)
    }

    fn around_poll(&self, _: &Run, poll: &mut dyn FnMut()) {
        poll();
    }

    fn propagate(&self, _: &Run, _: &mut dyn FnMut(&str, &str)) {}
}
