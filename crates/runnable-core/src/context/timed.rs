//! The context of work that has a time limit.

use std::sync::Arc;

use super::run_context::{RunContext, Shared};
use crate::{policy::bounds::Bounds, poll::stopwatch::WorkClock};

impl RunContext {
    /// Returns the context for work that has these bounds, and the clock for its time limits. The
    /// context contains the clock, so that the runs inside can stop it. Without time limits, there
    /// is no clock, and the context does not change.
    pub(crate) fn timed(self, bounds: Option<&Bounds>) -> (Self, Option<Arc<WorkClock>>) {
        if bounds.is_none_or(|bounds| bounds.limits.is_none()) {
            return (self, None);
        }
        let shared = self.shared();
        let clock = WorkClock::inside(shared.clock.clone());
        let shared = Shared { clock: Some(Arc::clone(&clock)), ..shared };
        (self.with_shared(shared), Some(clock))
    }
}
