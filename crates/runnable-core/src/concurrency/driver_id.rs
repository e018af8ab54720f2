//! The driver of the current round on a thread.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

/// The id of a driver: a call that has a limit, or the outermost run of another task inside the
/// call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DriverId(u64);

/// The driver of a round, and the driver of the call that has the limit.
#[derive(Clone, Copy)]
struct Current {
    driver: DriverId,
    root: DriverId,
}

thread_local! {
    /// The driver of the current round on this thread. `None` outside a round.
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

impl DriverId {
    pub(super) fn next() -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        Self(IDS.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the driver of the current round on this thread, if it drives the nodes of the call
    /// with this `root`. A call drives only the nodes of its own limit.
    pub(super) fn current(root: Self) -> Option<Self> {
        let current = CURRENT.get().filter(|current| current.root == root);
        current.map(|current| current.driver)
    }
}

/// A round of a driver, which ends when this value is dropped.
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
