//! [`Polling`]: which requests the current thread polls at this moment.

use std::{cell::RefCell, ptr, sync::Arc};

thread_local! {
    /// The addresses of the flights whose requests this thread polls, the innermost last.
    static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Marks a flight whose request this thread polls, until the value is dropped.
///
/// A request that joined its own flight would wait for itself. This happens if a model has the same
/// cache twice, or if a provider asks its own cached model the same question.
pub(super) struct Polling(());

impl Polling {
    pub(super) fn new<F>(flight: &F) -> Self {
        let address = ptr::from_ref(flight).addr();
        _ = POLLED.try_with(|polled| polled.borrow_mut().push(address));
        Self(())
    }

    /// Returns whether the current code runs inside the request of this flight.
    pub(super) fn is_inside<F>(flight: &Arc<F>) -> bool {
        let address = Arc::as_ptr(flight).addr();
        POLLED.try_with(|polled| polled.borrow().contains(&address)).unwrap_or_default()
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        _ = POLLED.try_with(|polled| polled.borrow_mut().pop());
    }
}
