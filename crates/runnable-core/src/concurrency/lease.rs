//! What a run has of a budget.

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

/// The part of a run in the budget of its call: one permit, or none.
///
/// The steps of an invoked sequence share the lease of the sequence: they are at work one after the
/// other, as parts of one run. So a chain asks for its permit once, and not once for each step. Such a
/// step is polled only through the run of the sequence, which has asked.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    /// Kept, since the ledger knows the entries around by their keys.
    parent: Option<Arc<Self>>,
    /// `None` for the lease of a node, which is not a run.
    key: Option<Key>,
    /// What is to be polled so that this run is polled: the nearest node around it.
    node: Option<Weak<dyn Driven>>,
    /// Whether the steps of the run may share it: from the first, if the run has its whole input, until
    /// one leaves something behind.
    shared: AtomicBool,
}

impl Lease {
    /// The lease of a run that is called inside another one, and what `entered` returns for it.
    fn of_run<T>(
        budget: &Budget,
        around: Option<&Arc<Self>>,
        has_whole_input: bool,
        entered: impl FnOnce(&mut Ledger, Key) -> T,
    ) -> (Arc<Self>, T) {
        let parent = around.filter(|around| around.is_of(budget)).cloned();
        let outer = parent.as_ref().and_then(Self::nearest);
        let node = parent.as_ref().and_then(|parent| parent.node.clone());
        let (limit, its_node) = (Arc::clone(&budget.limit), node.clone());
        let (key, result) = budget.pool.change(|ledger| {
            let key = ledger.enter(outer, limit, its_node, has_whole_input);
            (key, entered(ledger, key))
        });
        let pool = Arc::clone(&budget.pool);
        let shared = AtomicBool::new(has_whole_input);
        (Arc::new(Self { pool, parent, key: Some(key), node, shared }), result)
    }

    /// The lease of a node, which stands around the runs that are polled with it.
    pub(crate) fn of_node(
        budget: &Budget,
        around: Option<&Arc<Self>>,
        node: Weak<dyn Driven>,
    ) -> Arc<Self> {
        let parent = around.filter(|around| around.is_of(budget)).cloned();
        Self::keyless(&budget.pool, parent, Some(node))
    }

    /// The node around the one whose lease this is.
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

    /// Whether the steps of the run, which calls them one after the other, may share it.
    #[inline]
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// How many hold a lease that is shared. None once it has been left behind.
    #[inline]
    pub(crate) fn holders(self: &Arc<Self>) -> usize {
        if self.is_shared() { Arc::strong_count(self) } else { 0 }
    }

    /// Leaves the lease of a run to what a step of it has left behind, as if the step, and not the run,
    /// had had it. Returns one for the steps that follow, which are called where the run was.
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

    /// The entry of this run, or of the nearest around it.
    fn nearest(self: &Arc<Self>) -> Option<Key> {
        std::iter::successors(Some(self), |lease| lease.parent.as_ref()).find_map(|lease| lease.key)
    }

    /// The whole input is there: from now on the run needs a permit to be polled.
    fn begin(&self) {
        if let Some(key) = self.key {
            self.pool.ledger().begin(key);
        }
    }

    /// Waits until the run may go on with its whole input.
    pub(crate) async fn fill(self: &Arc<Self>) {
        self.begin();
        poll_fn(|task| self.poll_turn(task)).await;
    }

    fn poll_turn(&self, task: &task::Context<'_>) -> Poll<()> {
        let Some(key) = self.key else {
            return Poll::Ready(());
        };
        let is_foreign = is_foreign(&self.pool);
        match self.pool.change(|ledger| ledger.ask(key, task.waker(), is_foreign)) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    fn pause(&self) {
        if let Some(key) = self.key {
            self.pool.ledger().pause(key);
        }
    }

    /// Polls what the run is made of, if it may go on.
    pub(crate) fn poll<T>(
        &self,
        task: &mut task::Context<'_>,
        poll: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        task::ready!(self.poll_turn(task));
        self.poll_on(task, poll)
    }

    /// The same for a run that has just been found that it may go on.
    pub(crate) fn poll_on<T>(
        &self,
        task: &mut task::Context<'_>,
        poll: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let polled = poll(task);
        // One that is ready has ended, or rests.
        if polled.is_pending() {
            self.pause();
        }
        polled
    }

    /// Whether the run is being polled, though it needs a permit to be.
    pub(crate) fn must_ask(&self) -> bool {
        self.key.is_some_and(|key| self.pool.ledger().must_ask(key))
    }

    /// The run yielded a chunk: until it is polled for the next, others may be at work.
    pub(crate) fn rest(&self) {
        if let Some(key) = self.key {
            self.pool.change(|ledger| ledger.rest(key));
        }
    }

    /// Steps aside for a run that pauses. The call begins further items meanwhile.
    pub(crate) fn begin_pause(self: &Arc<Self>) -> Pause {
        let aside = self.step_aside();
        self.pool.pauses.begin();
        Pause { aside: Some(aside), pool: Arc::clone(&self.pool) }
    }

    /// Has no part in the budget until what this returns is dropped: for a run that waits for something
    /// that is not work.
    pub(crate) fn step_aside(self: &Arc<Self>) -> Aside {
        let key = self.nearest();
        let key = key.and_then(|key| self.pool.change(|ledger| ledger.step_aside(key)));
        Aside { lease: Arc::clone(self), key }
    }
}

/// Whether a run is polled by another task than the call.
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

/// A lease that ends with what holds it, which is its run.
pub(crate) struct Held {
    pub(crate) lease: Arc<Lease>,
}

impl Held {
    /// Gives a run that is called inside the lease `around` its part in the budget. A run that has its
    /// whole input needs a permit from its first poll on.
    pub(crate) fn open(
        budget: &Budget,
        around: Option<&Arc<Lease>>,
        has_whole_input: bool,
    ) -> Self {
        let (lease, ()) = Lease::of_run(budget, around, has_whole_input, |_, _| ());
        Self { lease }
    }

    /// The same for a run that has its whole input and is polled just now, and whether it may go on:
    /// in one step, since most runs are such.
    pub(crate) fn open_and_ask(
        budget: &Budget,
        around: Option<&Arc<Lease>>,
        task: &task::Context<'_>,
    ) -> (Self, bool) {
        let is_foreign = is_foreign(&budget.pool);
        let ask = |ledger: &mut Ledger, key| ledger.ask(key, task.waker(), is_foreign);
        let (lease, goes_on) = Lease::of_run(budget, around, true, ask);
        (Self { lease }, goes_on)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Lease { pool, key, .. } = &*self.lease;
        // The lease itself sees to it if nothing else has it.
        if let (Some(key), true) = (*key, Arc::strong_count(&self.lease) > 1) {
            pool.change(|ledger| ledger.end(key));
        }
    }
}

/// While a run waits for something that is not work. See [`Lease::step_aside`].
pub(crate) struct Aside {
    lease: Arc<Lease>,
    key: Option<Key>,
}

impl Aside {
    /// Ends the wait. Whether the run must ask for a permit before it works on.
    pub(crate) fn come_back(mut self) -> bool {
        self.end()
    }

    fn end(&mut self) -> bool {
        self.key.take().is_some_and(|key| self.lease.pool.ledger().come_back(key))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.end();
    }
}

/// While a run pauses.
pub(crate) struct Pause {
    aside: Option<Aside>,
    pool: Arc<Pool>,
}

impl Pause {
    /// Ends the pause. Whether the run must ask for a permit before it works on.
    pub(crate) fn come_back(mut self) -> bool {
        self.aside.take().is_some_and(Aside::come_back)
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.pool.pauses.end();
    }
}
