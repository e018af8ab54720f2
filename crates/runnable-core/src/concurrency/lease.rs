//! [`Lease`]: the share of a run in a budget.

use std::{
    future::poll_fn,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll},
};

use super::{
    budget::{Budget, Pool},
    driven::Driven,
    driver_id::DriverId,
    ledger::Ledger,
    queue::Key,
};
use crate::observe::live_run::LiveRun;

/// The share of a run in the budget, which is the concurrency limit, of its call: one permit, or
/// none.
///
/// The steps of an invoked sequence share the lease of the sequence, because only one of them works
/// at a time. A chain therefore requests one permit, and not one for each step. Such a step is
/// polled only through the run of the sequence, which has requested the permit.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    /// The lease of the enclosing run. This reference keeps that lease alive, because the ledger
    /// refers to the entries of outer runs by their keys.
    parent: Option<Arc<Self>>,
    /// The entry of the run in the ledger. `None` for a lease that does not belong to a run, such
    /// as the lease of a node.
    key: Option<Key>,
    /// The nearest node that encloses the run and polls it.
    node: Option<Weak<dyn Driven>>,
    /// Whether the steps of the run may share this lease. If the input of the run is complete, this
    /// is `true` at first, until a step leaves a value behind that can still make calls.
    shared: AtomicBool,
}

impl Lease {
    /// Creates the lease of a run that is called inside another lease. Calls `entered` with the new
    /// entry of the run, and also returns its result.
    fn of_run<T>(
        budget: &Budget,
        around: Option<&Arc<Self>>,
        is_input_complete: bool,
        entered: impl FnOnce(&mut Ledger, Key) -> T,
    ) -> (Arc<Self>, T) {
        let parent = around.filter(|around| around.is_of(budget)).cloned();
        let outer = parent.as_ref().and_then(Self::nearest);
        let node = parent.as_ref().and_then(|parent| parent.node.clone());
        let (limit, entry_node) = (Arc::clone(&budget.limit), node.clone());
        let (key, result) = budget.pool.change(|ledger| {
            let key = ledger.enter(outer, limit, entry_node, is_input_complete);
            (key, entered(ledger, key))
        });
        let pool = Arc::clone(&budget.pool);
        let shared = AtomicBool::new(is_input_complete);
        (Arc::new(Self { pool, parent, key: Some(key), node, shared }), result)
    }

    /// Creates the lease of a node. The lease encloses the runs that the node polls.
    pub(crate) fn of_node(
        budget: &Budget,
        around: Option<&Arc<Self>>,
        node: Weak<dyn Driven>,
    ) -> Arc<Self> {
        let parent = around.filter(|around| around.is_of(budget)).cloned();
        Self::keyless(&budget.pool, parent, Some(node))
    }

    /// Returns the node that encloses the node with this lease.
    pub(crate) fn outer_node(&self) -> Option<Weak<dyn Driven>> {
        self.parent.as_ref()?.node.clone()
    }

    fn keyless(
        pool: &Arc<Pool>,
        parent: Option<Arc<Self>>,
        node: Option<Weak<dyn Driven>>,
    ) -> Arc<Self> {
        let (pool, shared) = (Arc::clone(pool), AtomicBool::new(false));
        Arc::new(Self { pool, parent, key: None, node, shared })
    }

    /// Returns whether the steps that the run calls one after another may share this lease.
    #[inline]
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// Returns the number of references to this lease if it is shared. Otherwise returns 0.
    #[inline]
    pub(crate) fn holders(self: &Arc<Self>) -> usize {
        if self.is_shared() { Arc::strong_count(self) } else { 0 }
    }

    /// Stops sharing this lease, and leaves it to a value that a step has left behind, such as a
    /// task.
    ///
    /// The entry of the run ends, as if the lease had belonged to the step alone. Returns a new
    /// lease for the steps that follow. It has the same parent as the lease of the run.
    pub(crate) fn leave_behind(self: &Arc<Self>) -> Arc<Self> {
        self.shared.store(false, Ordering::Relaxed);
        if let Some(key) = self.key {
            self.pool.change(|ledger| ledger.end(key));
        }
        Self::keyless(&self.pool, self.parent.clone(), self.node.clone())
    }

    fn is_of(&self, budget: &Budget) -> bool {
        Arc::ptr_eq(&self.pool, &budget.pool)
    }

    /// Returns the key of the entry of this run. If the lease has no entry, returns the key of the
    /// nearest enclosing run.
    fn nearest(self: &Arc<Self>) -> Option<Key> {
        std::iter::successors(Some(self), |lease| lease.parent.as_ref()).find_map(|lease| lease.key)
    }

    /// Records that the input is complete. From now on, the run needs a permit to be polled.
    fn begin(&self) {
        if let Some(key) = self.key {
            self.pool.ledger().begin(key);
        }
    }

    /// Records that the input is complete, and waits until the run has a permit or may continue
    /// without one. If the run is observed, it is `live`, which measures the wait.
    pub(crate) async fn fill(self: &Arc<Self>, live: Option<&LiveRun>) {
        self.begin();
        poll_fn(|task| self.poll_turn(task, live)).await;
    }

    /// Returns `Ready` if the run may be polled. Otherwise the run waits for a permit. If the run is
    /// observed, it is `live`, which measures the wait.
    pub(crate) fn poll_turn(&self, task: &task::Context<'_>, live: Option<&LiveRun>) -> Poll<()> {
        let Some(key) = self.key else {
            return Poll::Ready(());
        };
        let is_foreign = is_foreign(&self.pool);
        let continues = self.pool.change(|ledger| ledger.ask(key, task.waker(), is_foreign));
        if let Some(live) = live {
            live.asked_for_permit(continues);
        }
        if continues { Poll::Ready(()) } else { Poll::Pending }
    }

    fn pause(&self) {
        if let Some(key) = self.key {
            self.pool.ledger().pause(key);
        }
    }

    /// Polls the work of the run if the run may continue. Otherwise returns `Pending`. If the run
    /// is observed, it is `live`, which measures how long the run waits.
    pub(crate) fn poll<T>(
        &self,
        task: &mut task::Context<'_>,
        live: Option<&LiveRun>,
        poll: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        task::ready!(self.poll_turn(task, live));
        self.poll_on(task, poll)
    }

    /// Polls the work of a run that has just been permitted to continue.
    pub(crate) fn poll_on<T>(
        &self,
        task: &mut task::Context<'_>,
        poll: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let polled = poll(task);
        // If the poll returns `Ready`, the run has ended or has yielded a chunk. Other code records
        // both.
        if polled.is_pending() {
            self.pause();
        }
        polled
    }

    /// Returns whether the run is being polled although it must first request a permit.
    #[inline]
    pub(crate) fn must_ask(&self) -> bool {
        self.pool.has_lost_permits() && self.key.is_some_and(|key| self.pool.ledger().must_ask(key))
    }

    /// Records that the run has yielded a chunk. Other runs may work until it is polled for the
    /// next chunk.
    pub(crate) fn rest(&self) {
        if let Some(key) = self.key {
            self.pool.change(|ledger| ledger.rest(key));
        }
    }

    /// Releases the permit while the run pauses. A batch or list of the call starts further items
    /// in the meantime.
    pub(crate) fn begin_pause(self: &Arc<Self>) -> Pause {
        let aside = self.step_aside();
        self.pool.pauses.begin();
        Pause { aside: Some(aside), pool: Arc::clone(&self.pool) }
    }

    /// Releases the permit until the returned value is dropped. A run calls this before it waits
    /// without working, for example for its turn at a step with `with_concurrency_limit`.
    pub(crate) fn step_aside(self: &Arc<Self>) -> Aside {
        let key = self.nearest();
        let key = key.and_then(|key| self.pool.change(|ledger| ledger.step_aside(key)));
        Aside { lease: Arc::clone(self), key }
    }
}

/// A run of another call that waits for shared work. Created by [`Lease::host`].
pub(crate) struct Guest {
    /// The lease of the work, and its key.
    host: Arc<Lease>,
    key: Key,
}

impl Lease {
    /// Lets the shared work with this lease work without a permit if it has to wait for one, until
    /// the returned value is dropped. Returns `None` if a run with the lease `guest` belongs to the
    /// same call.
    pub(crate) fn host(self: Arc<Self>, guest: Option<&Arc<Self>>) -> Option<Guest> {
        if guest.is_some_and(|guest| Arc::ptr_eq(&guest.pool, &self.pool)) {
            return None;
        }
        let key = self.key?;
        self.pool.change(|ledger| ledger.add_guest(key));
        Some(Guest { host: self, key })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.host.pool.change(|ledger| ledger.remove_guest(self.key));
    }
}

/// Returns whether the current poll belongs to a task other than the task of the call.
fn is_foreign(pool: &Pool) -> bool {
    DriverId::current(pool.root) != Some(pool.root)
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.pool.change(|ledger| ledger.remove(key));
        }
    }
}

/// The open lease of a run. The lease ends when this value is dropped.
pub(crate) struct Held {
    pub(crate) lease: Arc<Lease>,
}

impl Held {
    /// Opens the lease of a run that is called inside the lease `around`. If the input of the run
    /// is complete, the run needs a permit from its first poll on. Returns the new lease.
    pub(crate) fn open(
        budget: &Budget,
        around: Option<&Arc<Lease>>,
        is_input_complete: bool,
    ) -> Self {
        let (lease, ()) = Lease::of_run(budget, around, is_input_complete, |_, _| ());
        Self { lease }
    }

    /// Opens the lease of a run whose input is complete and which is being polled. Also returns
    /// whether the run may continue.
    ///
    /// This function makes two changes of the ledger under one lock, because most runs need both.
    pub(crate) fn open_and_ask(
        budget: &Budget,
        around: Option<&Arc<Lease>>,
        task: &task::Context<'_>,
    ) -> (Self, bool) {
        let is_foreign = is_foreign(&budget.pool);
        let ask = |ledger: &mut Ledger, key| ledger.ask(key, task.waker(), is_foreign);
        let (lease, continues) = Lease::of_run(budget, around, true, ask);
        (Self { lease }, continues)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Lease { pool, key, .. } = &*self.lease;
        // If this is the last reference to the lease, dropping it ends the run in the ledger.
        // Otherwise, end the run here.
        if let (Some(key), true) = (*key, Arc::strong_count(&self.lease) > 1) {
            pool.change(|ledger| ledger.end(key));
        }
    }
}

/// The wait of a run for something that is not work. The run holds no permit meanwhile. Created by
/// [`Lease::step_aside`].
pub(crate) struct Aside {
    lease: Arc<Lease>,
    key: Option<Key>,
}

impl Aside {
    /// Ends the wait, and returns whether the run must request a permit before it continues to
    /// work.
    pub(crate) fn come_back(mut self) -> bool {
        self.end()
    }

    fn end(&mut self) -> bool {
        self.key.take().is_some_and(|key| self.lease.pool.change(|ledger| ledger.come_back(key)))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.end();
    }
}

/// The pause of a run. Created by [`Lease::begin_pause`].
pub(crate) struct Pause {
    aside: Option<Aside>,
    pool: Arc<Pool>,
}

impl Pause {
    /// Ends the pause, and returns whether the run must request a permit before it continues to
    /// work.
    pub(crate) fn come_back(mut self) -> bool {
        self.aside.take().is_some_and(Aside::come_back)
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.pool.pauses.end();
    }
}
