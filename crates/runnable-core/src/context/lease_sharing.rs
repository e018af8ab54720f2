//! Lease sharing between a run and the steps that it calls one after another. The lease of a run is
//! its share in the concurrency limit of the call.

use std::{future, task::Poll};

use super::run_context::RunContext;
use crate::concurrency::lease::Lease;

impl RunContext {
    /// Returns whether the steps of this run may share its lease.
    #[inline]
    pub(crate) fn shares_lease(&self) -> bool {
        self.lease().is_some_and(|lease| lease.is_shared())
    }

    /// Returns the number of references to the lease of this run, or 0 if the steps do not share
    /// the lease.
    ///
    /// If the number after a step differs from the number before the step, the step has left a
    /// value behind that can still make calls.
    #[inline]
    pub(crate) fn lease_holders(&self) -> usize {
        self.lease().map_or(0, Lease::holders)
    }

    /// Waits for a permit if a step has lost the permit of this run. A step loses the permit if it
    /// drops a call that pauses or waits, and another run works in the meantime.
    ///
    /// The next step shares the lease of this run, and does not request a permit itself.
    #[inline]
    pub(crate) async fn regain_permit(&self) {
        if self.lease().is_some_and(|lease| lease.must_ask()) {
            end_poll().await;
        }
    }

    /// Returns the context for the steps that follow a step that has left behind a value that can
    /// still make calls. Each of the following steps gets its own lease.
    #[cold]
    pub(crate) fn without_lease(self) -> Self {
        match self.lease().map(Lease::leave_behind) {
            Some(lease) => self.leased(lease),
            None => self,
        }
    }
}

/// Ends the current poll of the run. The run requests a permit before it is polled again.
pub(super) async fn end_poll() {
    let mut has_ended = false;
    future::poll_fn(|task| {
        if has_ended {
            return Poll::Ready(());
        }
        has_ended = true;
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
