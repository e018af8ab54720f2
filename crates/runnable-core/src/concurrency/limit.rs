//! [`Limit`]: the permits of one `max_concurrency`.

use std::{
    ptr,
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering},
    },
};

/// The permits of one `max_concurrency`, and the enclosing limit, if there is one.
#[derive(Debug)]
pub(crate) struct Limit {
    /// The number of free permits. It is negative if [guests](super::ledger) let more runs work than
    /// the limit allows. It changes only under the lock of the ledger, so relaxed loads and stores
    /// suffice.
    free: AtomicIsize,
    outer: Option<Arc<Self>>,
}

impl Limit {
    pub(crate) fn new(permits: usize, outer: Option<Arc<Self>>) -> Arc<Self> {
        let permits = isize::try_from(permits).unwrap_or(isize::MAX);
        Arc::new(Self { free: AtomicIsize::new(permits), outer })
    }

    /// Returns this limit and the limits that enclose it.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |limit| limit.outer.as_deref())
    }

    /// Returns whether this limit and all enclosing limits have a free permit.
    pub(crate) fn has_free(&self) -> bool {
        self.chain().all(|limit| limit.free.load(Ordering::Relaxed) > 0)
    }

    /// Returns whether this limit and all limits between it and `outer` have a free permit.
    pub(crate) fn has_free_inside(&self, outer: &Self) -> bool {
        let mut inside = self.chain().take_while(|limit| !ptr::eq(*limit, outer));
        inside.all(|limit| limit.free.load(Ordering::Relaxed) > 0)
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
