//! [`DriverId`]: the id of a driver, and the driver that is polling on the current thread.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

/// The id of a driver. A driver is a call that has a limit, or the outermost run of another task
/// inside such a call. At the end of each poll, which is called a round, a driver polls nodes that
/// nothing else has polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DriverId(u64);

/// The driver of a round, and the driver of the call that has the outermost limit.
#[derive(Clone, Copy)]
struct Current {
    driver: DriverId,
    root: DriverId,
}

thread_local! {
    /// The driver whose round is in progress on this thread. `None` outside a round.
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

impl DriverId {
    pub(super) fn next() -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        Self(IDS.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the driver whose round is in progress on this thread, if this driver belongs to the
    /// call with this `root`. Otherwise returns `None`, because a driver drives only nodes that
    /// share the outermost limit of its own call.
    pub(super) fn current(root: Self) -> Option<Self> {
        let current = CURRENT.get().filter(|current| current.root == root);
        current.map(|current| current.driver)
    }
}

/// Marks a round of a driver on this thread. The round ends when this value is dropped.
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
