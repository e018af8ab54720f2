//! Erased steps inside each other, dropped without stack for each of them.

use std::{cell::RefCell, sync::Arc};

use crate::links::Link;

thread_local! {
    /// The steps that this thread has still to drop; `None` while it drops none.
    static DUE: RefCell<Option<Vec<Arc<dyn Link>>>> = const { RefCell::new(None) };
}

/// The end of the drops of a thread, also if one of them panics.
struct EndDrops;

impl Drop for EndDrops {
    fn drop(&mut self) {
        let left = DUE.take();
        drop(left);
    }
}

/// Drops a step. If that is part of the drop of another step, it happens when that one is done.
pub(crate) fn drop_in_turn(step: Arc<dyn Link>) {
    let mut next = Some(step);
    // Where the thread itself ends, the list is gone, and the step is dropped at once.
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
