//! Drops nested erased steps without using stack for each level.

use std::{cell::RefCell, sync::Arc};

use crate::protocol::links::Link;

thread_local! {
    /// The steps that this thread still has to drop. `None` while the thread drops no step.
    static DUE: RefCell<Option<Vec<Arc<dyn Link>>>> = const { RefCell::new(None) };
}

/// Clears the list of steps when it is dropped, even if a panic unwinds.
struct EndDrops;

impl Drop for EndDrops {
    fn drop(&mut self) {
        let left = DUE.take();
        drop(left);
    }
}

/// Drops a step. If this thread is already dropping another step, `step` is dropped after that
/// step.
pub(crate) fn drop_in_turn(step: Arc<dyn Link>) {
    let mut next = Some(step);
    // When a thread ends, its list no longer exists. In that case, the step is dropped immediately.
    let is_first = DUE.try_with(|due| match &mut *due.borrow_mut() {
        Some(due) => {
            due.extend(next.take());
            false
        }
        due => {
            *due = Some(Vec::new());
            true
        }
    });
    if !is_first.unwrap_or(false) {
        return;
    }
    let _end = EndDrops;
    while let Some(step) = next {
        drop(step);
        next = DUE.with_borrow_mut(|due| due.as_mut()?.pop());
    }
}
