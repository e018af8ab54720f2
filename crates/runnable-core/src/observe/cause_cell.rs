//! [`CauseCell`]: why the runs inside an observed run end, if the run knows it.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::CancelCause;

/// The cause for which the runs inside an observed run are cancelled, if it is known.
///
/// Usually the code that drops a run [states the cause](crate::poll::cancelling). A run in a task is
/// dropped by the runtime, later, and a run beside a panic is dropped by the unwinding. Such a run
/// finds the cause in the nearest enclosing run that knows it.
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

    /// Forgets the cause. This costs only a load if there is none.
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
