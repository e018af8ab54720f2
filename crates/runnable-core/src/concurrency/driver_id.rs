//! What drives the nodes of a call on this thread.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

/// What drives nodes: the call that has a limit, or the outermost run of another task inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DriverId(u64);

/// The driver of a round, and that of the call that has the limit.
#[derive(Clone, Copy)]
struct Current {
    driver: DriverId,
    root: DriverId,
}

thread_local! {
    /// The driver whose round it is on this thread.
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

impl DriverId {
    pub(super) fn next() -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        Self(IDS.fetch_add(1, Ordering::Relaxed))
    }

    /// The driver whose round it is on this thread, if it drives the nodes of the call that this root
    /// stands for. A call with another limit drives nodes of its own alone.
    pub(super) fn current(root: Self) -> Option<Self> {
        let current = CURRENT.get().filter(|current| current.root == root);
        current.map(|current| current.driver)
    }
}

/// The round of a driver, which lasts until this is dropped.
pub(super) struct Entered {
    outer: Option<Current>,
}

impl Entered {
    pub(super) fn new(driver: DriverId, root: DriverId) -> Self {
        Self { outer: CURRENT.replace(Some(Current { driver, root })) }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.outer);
    }
}
