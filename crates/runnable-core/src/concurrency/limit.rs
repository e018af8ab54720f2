//! [`Limit`]: the permits of one `max_concurrency`.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The permits of one `max_concurrency`, and the enclosing limit, if there is one.
#[derive(Debug)]
pub(crate) struct Limit {
    /// The number of free permits. It changes only under the lock of the ledger, so relaxed loads
    /// and stores suffice.
    free: AtomicUsize,
    outer: Option<Arc<Self>>,
}

impl Limit {
    pub(crate) fn new(permits: usize, outer: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { free: AtomicUsize::new(permits), outer })
    }

    /// Returns this limit and the limits that enclose it.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |limit| limit.outer.as_deref())
    }

    /// Returns whether this limit and all enclosing limits have a free permit.
    pub(crate) fn has_free(&self) -> bool {
        self.chain().all(|limit| limit.free.load(Ordering::Relaxed) > 0)
    }

    /// Takes one permit of this limit and of each enclosing limit.
    pub(crate) fn take(&self) {
        for limit in self.chain() {
            limit.free.store(limit.free.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        }
    }

    /// Returns one permit to this limit and to each enclosing limit.
    pub(crate) fn give_back(&self) {
        for limit in self.chain() {
            limit.free.store(limit.free.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }
}
