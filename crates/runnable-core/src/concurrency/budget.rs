//! One limit for many runs: `max_concurrency` of a whole tree, and limits within it.
//!
//! # The rules
//!
//! 1. A run that is at work by itself holds one permit of every limit that it is inside of. Nothing
//!    else holds permits, so no limit is exceeded. All of them are taken at once, under one lock, so
//!    no run holds one and waits for another.
//!    The steps of an invoked sequence are one run in this, since they are at work one after the other:
//!    they share what it has. If one of them leaves something behind that can still call, such as a
//!    task, the steps that follow are runs by themselves.
//! 2. A run is not at work by itself
//!    * while a run that it called is at work or waits to be: the first run that it calls takes its
//!      permit over, and the last one that is done hands its own back;
//!    * while its input is still growing. Runs that it calls for a chunk ask for permits of their own;
//!    * while it rests: it yielded a chunk, and its reader has not asked for the next;
//!    * while it pauses ([`RunContext::pause`](crate::RunContext::pause)), such as before its next attempt, or
//!      waits for the turn of a step that has `with_concurrency_limit`. For each run that pauses, a batch or a
//!      list begins one item more than the limit says: [`window`](crate::concurrency::window).
//! 3. A run is not polled before it has what it needs: a permit, or something at work inside it. The
//!    first come is the first served.
//! 4. A permit may belong to a run that its reader does not poll: the lost branch of a `select!`, or a
//!    call in a buffer that is not read. Such a run is *driven* by others while a run waits. Every
//!    run that user code can leave alone is a [node](crate::concurrency::node), which can be polled apart from its
//!    handle. At the end of each [round](crate::concurrency::round), the poll of the call that has the limit, the
//!    nodes that hold permits, have been woken, and were not polled are polled, up to their results
//!    or next chunks.
//!
//! # Why a call does not lock itself up
//!
//! Suppose a run waits, and the call is polled whenever it is woken. No permit is free that the run
//! could have (the ledger sees to that), so every one is held by some run R. R was granted its permit
//! and not polled since, or it is at work by itself: it is pending on something that is not a call. In
//! the first case, R has been woken. In the second case, either that something never comes, and the
//! program would hang without a limit too, or R is woken. So R's node has been woken. The node is
//! polled by its handle, or the waker wakes the call, which polls the node at the end of the round. R
//! then goes on: it ends, yields a chunk, calls a run that takes the permit over, or is pending on
//! another thing of its own. A node between R and the call is not needed for this; if it was woken, it is
//! polled in the same way, since a time limit in it may be what ends R. A chunk that waits in the slot
//! of a node holds no permit.
//!
//! What holds no permit can hold nothing up, unless the program waits for it by other means than a
//! call.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
};

use super::{driver_id::DriverId, ledger::Ledger, limit::Limit, pauses::Pauses};

/// How many runs of a tree may be at work at once, however nested.
#[derive(Clone)]
pub(crate) struct Budget {
    pub(crate) pool: Arc<Pool>,
    pub(crate) limit: Arc<Limit>,
}

/// What a limit and the limits within it have in common.
pub(crate) struct Pool {
    ledger: Mutex<Ledger>,
    /// How many runs wait, to be read without the lock.
    waiting: AtomicUsize,
    pub(crate) pauses: Pauses,
    /// The call that has the limit.
    pub(crate) root: DriverId,
    /// What polls nodes at the end of its rounds, while it is pending and runs wait: the call, and
    /// the outermost runs of other tasks.
    drivers: Mutex<BTreeMap<DriverId, Waker>>,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = Limit::new(limit, None);
        let pool = Pool {
            ledger: Mutex::new(Ledger::new(Arc::clone(&limit))),
            waiting: AtomicUsize::new(0),
            pauses: Pauses::default(),
            root: DriverId::next(),
            drivers: Mutex::default(),
        };
        Self { pool: Arc::new(pool), limit }
    }

    /// A limit within this one: both hold.
    pub(crate) fn within(&self, limit: usize) -> Self {
        let limit = Limit::new(limit, Some(Arc::clone(&self.limit)));
        Self { pool: Arc::clone(&self.pool), limit }
    }
}

impl Pool {
    /// Changes the ledger, and wakes the runs that may go on because of that.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledger = self.ledger();
        let result = change(&mut ledger);
        if ledger.queue.has_changed() {
            self.settle(ledger);
        }
        result
    }

    /// Wakes the runs that may go on.
    #[cold]
    fn settle(&self, mut ledger: MutexGuard<'_, Ledger>) {
        self.waiting.store(ledger.queue.len(), Ordering::SeqCst);
        let [woken, spent] = ledger.queue.take_wakers();
        drop(ledger);
        drop(spent);
        woken.into_iter().for_each(Waker::wake);
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

    /// Removes a driver. What it was woken for is left to the others.
    pub(crate) fn remove_driver(&self, id: DriverId) {
        self.drivers().remove(&id);
        if self.is_waited_for() {
            self.wake_drivers();
        }
    }

    /// Wakes what drives nodes: the call if it is pending, else all other drivers, since it is not
    /// known which of them are polled.
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
