//! The permits of one `max_concurrency`.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The permits of one `max_concurrency`, and the limit around it.
#[derive(Debug)]
pub(crate) struct Limit {
    /// Changed under the lock of the ledger only, so by cheap loads and stores.
    free: AtomicUsize,
    outer: Option<Arc<Self>>,
}

impl Limit {
    pub(crate) fn new(permits: usize, outer: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { free: AtomicUsize::new(permits), outer })
    }

    /// This limit, and those around it.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |limit| limit.outer.as_deref())
    }

    pub(crate) fn has_free(&self) -> bool {
        self.chain().all(|limit| limit.free.load(Ordering::Relaxed) > 0)
    }

    pub(crate) fn take(&self) {
        for limit in self.chain() {
            limit.free.store(limit.free.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        }
    }

    pub(crate) fn give_back(&self) {
        for limit in self.chain() {
            limit.free.store(limit.free.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }
}
