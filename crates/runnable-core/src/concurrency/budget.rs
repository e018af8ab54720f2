//! [`Budget`]: a concurrency limit for a tree of runs, and for further limits inside the tree.
//!
//! A *permit* allows one run to work. A run *works* from the time at which its input is complete
//! until it ends, except in the cases of rule 2. A run *encloses* the runs that are called inside
//! it. Each call that has a limit has one [ledger](crate::concurrency::ledger), which lists its
//! runs and their permits.
//!
//! # Rules
//!
//! 1. A run that works holds one permit of every limit that encloses it. Nothing else holds
//!    permits, so no limit is exceeded. A run acquires all its permits at once, under one lock, so
//!    no run holds one permit while it waits for another.
//!
//!    The steps of an invoked sequence share the [lease](crate::concurrency::lease) of the
//!    sequence, because only one of them works at a time. If a step leaves a value behind that can
//!    still make calls, such as a task, each of the steps that follow gets its own lease. If a step
//!    drops a call that pauses or waits while another run works, the sequence has lost its permit,
//!    and waits for one before the next step.
//! 2. A run does not work
//!    * while a run that it called works or waits for a permit: the first run that it calls takes
//!      over its permit, and the last run that ends returns its own permit to the caller;
//!    * while its input is incomplete: the runs that it calls for a chunk of the input request
//!      their own permits;
//!    * while it rests: it has yielded a chunk and has not been polled for the next chunk. It may
//!      keep its permit until the end of the round, in case it is polled again immediately;
//!    * while it pauses ([`RunContext::pause`](crate::RunContext::pause)), for example before its
//!      next attempt, or waits for the turn of a step with `with_concurrency_limit`. For each run
//!      that pauses, a batch or a list starts one more item than the limit says: see
//!      [`window`](crate::concurrency::window).
//! 3. A run whose input is complete is polled only if it has a permit, or if a run inside it works
//!    or waits for a permit. Runs get permits in the order in which they requested them.
//!
//!    [Shared work](crate::SharedWork) is an exception. It is a run that other runs poll, too. While
//!    a run of another call waits for it, neither the work nor the runs inside it wait for permits
//!    of the limits that enclose the work, and they may exceed these limits.
//! 4. A permit can belong to a run that its reader does not poll, such as the losing branch of a
//!    *drives* such a run: it polls the run in place of the reader. Every run that user code can
//!    stop polling is a [node](crate::concurrency::node), which can be polled independently of its
//!    handle. A [round](crate::concurrency::round) is one poll of the call that has the limit. At
//!    the end of each round, the call polls further nodes: the nodes that hold permits, have been
//!    woken, and have not been polled since. It polls each of them until the node returns
//!    `Pending`, its result, or its next chunk.
//!
//! # Why calls cannot deadlock
//!
//! Suppose that a run waits for a permit, and that the call is polled whenever it is woken. The
//! ledger ensures that no permit is free that the run could take. So each of these permits is held
//! by some run R, and there are two cases:
//!
//! - R has got its permit, and has not been polled since. Then R has been woken.
//! - R works, and waits for something that is not a call. If that never happens, the program would
//!   also hang without a limit. If it happens, R is woken.
//!
//! So the node of R has been woken. Either the handle of the node polls it, or the waker of the
//! node wakes the call, which polls the node at the end of its round. R then continues: it ends,
//! yields a chunk, calls a run that takes over its permit, or waits for something else that is not
//! a call. The nodes between R and the call do not have to be polled for this. Those that have been
//! woken are polled in the same way, because a time limit in such a node may have to end R. A chunk
//! that is stored in a node holds no permit.
//!
//! A run that waits for shared work waits for something that is not a call, but it holds no permit:
//! it pauses, or the work has taken over its permit. The work is a node itself, so the argument
//! applies to it. A run of another call may be the reason why R never continues: R may wait for that
//! call without its context. Therefore the shared work for which that call waits needs no permit.
//!
//! A run without a permit cannot block other runs, unless the program waits for it by other means
//! than a call.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Waker,
};

use super::{driver_id::DriverId, ledger::Ledger, limit::Limit, pauses::Pauses};

/// The concurrency limit of a tree of runs. It may be inside other limits, which also apply.
#[derive(Clone)]
pub(crate) struct Budget {
    pub(crate) pool: Arc<Pool>,
    pub(crate) limit: Arc<Limit>,
}

/// The state that an outermost limit shares with all limits inside it.
pub(crate) struct Pool {
    ledger: Mutex<Ledger>,
    /// The number of runs that wait for a permit. It can be read without the lock.
    waiting: AtomicUsize,
    /// Whether a run has lost its permit while it was being polled. It can be read without the
    /// lock.
    has_lost_permits: AtomicBool,
    pub(crate) pauses: Pauses,
    /// The id of the driver of the call that has the outermost limit.
    pub(crate) root: DriverId,
    /// The wakers of the registered drivers. A driver is the call that has the limit, or the
    /// outermost run of another task inside that call. A driver polls nodes at the end of its
    /// rounds. It is registered while it is pending and runs wait for permits.
    drivers: Mutex<BTreeMap<DriverId, Waker>>,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = Limit::new(limit, None);
        let pool = Pool {
            ledger: Mutex::new(Ledger::new(Arc::clone(&limit))),
            waiting: AtomicUsize::new(0),
            has_lost_permits: AtomicBool::new(false),
            pauses: Pauses::default(),
            root: DriverId::next(),
            drivers: Mutex::default(),
        };
        Self { pool: Arc::new(pool), limit }
    }

    /// Creates a limit inside this limit. Both limits apply to the runs inside the new limit.
    pub(crate) fn within(&self, limit: usize) -> Self {
        let limit = Limit::new(limit, Some(Arc::clone(&self.limit)));
        Self { pool: Arc::clone(&self.pool), limit }
    }
}

impl Pool {
    /// Applies `change` to the ledger, and wakes the runs that can continue after the change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledger = self.ledger();
        let result = change(&mut ledger);
        if ledger.has_lost_permits {
            self.has_lost_permits.store(true, Ordering::Release);
        }
        if ledger.queue.has_changed() {
            self.settle(ledger);
        }
        result
    }

    /// Unlocks the ledger, and wakes the runs that can continue.
    #[cold]
    fn settle(&self, mut ledger: MutexGuard<'_, Ledger>) {
        self.waiting.store(ledger.queue.len(), Ordering::SeqCst);
        let [woken, spent] = ledger.queue.take_wakers();
        drop(ledger);
        drop(spent);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Returns whether a run of the call has lost its permit while it was being polled. Most calls
    /// never do, so that this avoids the lock.
    #[inline]
    pub(crate) fn has_lost_permits(&self) -> bool {
        self.has_lost_permits.load(Ordering::Acquire)
    }

    pub(crate) fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add_driver(&self, id: DriverId, waker: &Waker) {
        self.drivers().insert(id, waker.clone());
    }

    /// Removes a driver. If runs wait, wakes the other drivers, because the removed driver may have
    /// been woken to poll a node.
    pub(crate) fn remove_driver(&self, id: DriverId) {
        self.drivers().remove(&id);
        if self.is_waited_for() {
            self.wake_drivers();
        }
    }

    /// Wakes the driver of the call if it is registered. Otherwise, wakes all other drivers,
    /// because it is unknown which of them will be polled.
    pub(crate) fn wake_drivers(&self) {
        let drivers = self.drivers();
        let woken: Vec<Waker> = match drivers.get(&self.root) {
            Some(root) => vec![root.clone()],
            None => drivers.values().cloned().collect(),
        };
        drop(drivers);
        woken.into_iter().for_each(Waker::wake);
    }

    fn drivers(&self) -> MutexGuard<'_, BTreeMap<DriverId, Waker>> {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("limit", &self.limit).finish_non_exhaustive()
    }
}
