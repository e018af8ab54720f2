//! [`Pauses`]: counts the runs of a call that pause.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::task::AtomicWaker;

/// The maximum number of pauses for which a call starts further items. Without a maximum, a batch
/// would start all its items, and send all its requests, while a service is unavailable.
const MOST_PAUSES: usize = 1_024;

/// Counts the runs of a call that [pause](crate::RunContext::pause). The call has a concurrency
/// limit.
#[derive(Default)]
pub(crate) struct Pauses {
    /// The number of runs that pause.
    count: AtomicUsize,
    /// The wakers of the windows, which hold the running items of batches and lists. A window
    /// starts further items during pauses.
    windows: Mutex<Vec<Arc<AtomicWaker>>>,
}

impl Pauses {
    pub(super) fn begin(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        windows.iter().for_each(|window| window.wake());
    }

    pub(super) fn end(&self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst).min(MOST_PAUSES)
    }

    pub(super) fn add(&self, window: &Arc<AtomicWaker>) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.push(Arc::clone(window));
    }

    pub(super) fn remove(&self, window: &Arc<AtomicWaker>) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|other| !Arc::ptr_eq(other, window));
    }
}
