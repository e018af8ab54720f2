//! [`CauseCell`]: the cause for which the runs inside an observed run are cancelled.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::CancelCause;

/// The cause for which the runs inside an observed run are cancelled, if it is known.
///
/// Usually, the code that drops a run [states the cause](crate::poll::cancelling). But the runtime
/// drops a run in a task later, and unwinding drops the runs that are concurrent with a panic. Such
/// a run finds the cause in the nearest enclosing run that has one.
#[derive(Debug, Default)]
pub(crate) struct CauseCell(AtomicU8);

impl CauseCell {
    pub(crate) fn set(&self, cause: CancelCause) {
        let number = match cause {
            CancelCause::Dropped => 0,
            CancelCause::Token => 1,
            CancelCause::TimeLimit => 2,
            CancelCause::SiblingFailed => 3,
        };
        self.0.store(number, Ordering::Release);
    }

    /// Removes the cause. If there is none, this costs only a load.
    #[inline]
    pub(crate) fn clear(&self) {
        if self.0.load(Ordering::Relaxed) != 0 {
            self.0.store(0, Ordering::Release);
        }
    }

    pub(crate) fn get(&self) -> Option<CancelCause> {
        match self.0.load(Ordering::Acquire) {
            1 => Some(CancelCause::Token),
            2 => Some(CancelCause::TimeLimit),
            3 => Some(CancelCause::SiblingFailed),
            _ => None,
        }
    }
}
