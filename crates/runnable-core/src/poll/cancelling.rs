//! The cause with which dropped runs end as cancelled.
//!
//! A run is cancelled when it is dropped, and `Drop::drop` has no arguments. The code that drops
//! runs therefore stores the cause in a thread-local variable while it drops them. Storing the
//! cause in the context of the runs would cost an allocation for each limit, and would not reach a
//! run that only a hook observes.

use std::cell::Cell;

use crate::CancelCause;

thread_local! {
    /// The cause of the drops that this thread is performing. `None` if it is not known.
    static CAUSE: Cell<Option<CancelCause>> = const { Cell::new(None) };
}

/// Restores the cause of the enclosing drops when it is dropped, even if a panic unwinds.
struct Restore(Option<CancelCause>);

impl Drop for Restore {
    fn drop(&mut self) {
        CAUSE.set(self.0);
    }
}

/// Calls `drop_runs`, which drops runs. They end as cancelled for this cause.
pub(crate) fn cancelling(cause: CancelCause, drop_runs: impl FnOnce()) {
    let _restore = Restore(CAUSE.replace(Some(cause)));
    drop_runs();
}

/// Returns the cause of the drops that this thread is performing, if it is known.
pub(crate) fn current_cause() -> Option<CancelCause> {
    CAUSE.get()
}
