//! One limit for many runs: those of a whole tree, or those of one step.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many runs of a tree, or of one step, may be at work at once, however nested.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    permits: Arc<Semaphore>,
    /// How many runs wait for a permit.
    waiting: Arc<AtomicUsize>,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        let permits = Semaphore::new(limit.min(Semaphore::MAX_PERMITS));
        Self { permits: Arc::new(permits), waiting: Arc::default() }
    }

    fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }
}

/// What a run has of a budget: one permit, or none.
///
/// A run that calls another lends it its permit, since it waits for it. Of several that it calls at
/// once the first gets it, and the others their own. So it is the innermost runs that hold permits,
/// the models and the functions, and a nested tree cannot lock itself up:
///
/// * a permit that comes back from a run that was called stays with the caller only while nobody
///   waits for one;
/// * a run that needs one first looks whether one lies idle with those that wait for it.
#[derive(Debug)]
pub(crate) struct Lease {
    budget: Budget,
    parent: Option<Arc<Self>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    permit: Option<OwnedSemaphorePermit>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It takes chunks. While it waits for them it needs no permit.
    Streaming,
    /// It has its whole input.
    Working,
    Ended,
}

impl Lease {
    /// That of a run of a step that has a limit of its own. Waits for a permit.
    ///
    /// While it waits, nothing around it is at work: what those runs have of the call's budget is for
    /// others, one of whom may hold what is waited for. `around` is the innermost of them.
    pub(crate) async fn enter_limit(
        limit: Budget,
        parent: Option<Arc<Self>>,
        around: Option<&Arc<Self>>,
    ) -> Held {
        let held = Self::streaming(limit, parent);
        if !held.lease.take_at_hand() {
            let lent = around.map(|around| around.lend_to_all());
            held.lease.wait().await;
            drop(lent);
        }
        held
    }

    /// Gives back what lies idle here and with the runs around, and keeps anything from coming to lie
    /// there, until it is dropped.
    fn lend_to_all(&self) -> Waiting<'_> {
        let waiting = Waiting::of(&self.budget);
        self.state().permit = None;
        while self.borrow().is_some() {}
        waiting
    }

    /// That of a run whose input is still growing.
    pub(crate) fn streaming(budget: Budget, parent: Option<Arc<Self>>) -> Held {
        let state = Mutex::new(State { permit: None, phase: Phase::Streaming });
        Held { lease: Arc::new(Self { budget, parent, state }) }
    }

    /// Whether a run that has its whole input may be at work at once; else it is to
    /// [wait](Self::fill).
    pub(crate) fn begins(&self) -> bool {
        if self.take_at_hand() {
            return true;
        }
        // Who is called for a chunk goes on without a permit: the source of that chunk may hold one,
        // and wait for the next to be asked for, so that waiting could be for ever.
        let goes_on = self.is_called_for_a_chunk();
        if goes_on {
            self.work(None);
        }
        goes_on
    }

    /// Waits for a permit: the whole input is there now, and its source has ended.
    pub(crate) async fn fill(&self) {
        if !self.take_at_hand() {
            self.wait().await;
        }
    }

    /// Takes a permit if there is one that it need not wait for, and says whether there was.
    fn take_at_hand(&self) -> bool {
        let permit = self.permit_at_hand();
        let found = permit.is_some();
        if found {
            self.work(permit);
        }
        found
    }

    async fn wait(&self) {
        let waiting = Waiting::of(&self.budget);
        // Looked for once more: one may have come to lie idle before anybody knew that this waits.
        let permit = match self.permit_at_hand() {
            Some(permit) => Some(permit),
            None => Arc::clone(&self.budget.permits).acquire_owned().await.ok(),
        };
        drop(waiting);
        self.work(permit);
    }

    pub(crate) fn work(&self, permit: Option<OwnedSemaphorePermit>) {
        let mut state = self.state();
        state.permit = permit;
        state.phase = Phase::Working;
    }

    fn permit_at_hand(&self) -> Option<OwnedSemaphorePermit> {
        let free = || Arc::clone(&self.budget.permits).try_acquire_owned().ok();
        self.borrow().or_else(free)
    }

    /// A permit that lies idle with a run around this one.
    fn borrow(&self) -> Option<OwnedSemaphorePermit> {
        let mut outer = self.parent.as_ref();
        while let Some(lease) = outer {
            let idle = lease.state().permit.take();
            if idle.is_some() {
                return idle;
            }
            outer = lease.parent.as_ref();
        }
        None
    }

    fn is_called_for_a_chunk(&self) -> bool {
        self.parent.as_ref().is_some_and(|outer| outer.state().phase == Phase::Streaming)
    }

    /// Takes a permit back that was lent, while nobody waits for one.
    fn give_back(&self, permit: OwnedSemaphorePermit) {
        let mut state = self.state();
        if state.phase == Phase::Working && state.permit.is_none() {
            state.permit = Some(permit);
            // Asked afterwards: whoever waits since then has seen it lie here.
            if self.budget.is_waited_for() {
                state.permit = None;
            }
        }
    }

    pub(crate) fn is_of(&self, budget: &Budget) -> bool {
        Arc::ptr_eq(&self.budget.permits, &budget.permits)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a run that waits for a permit, until it is dropped.
struct Waiting<'a> {
    budget: &'a Budget,
}

impl<'a> Waiting<'a> {
    fn of(budget: &'a Budget) -> Self {
        budget.waiting.fetch_add(1, Ordering::SeqCst);
        Self { budget }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.budget.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A lease that ends with what holds it, which is its run.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) lease: Arc<Lease>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let permit = {
            let mut state = self.lease.state();
            state.phase = Phase::Ended;
            state.permit.take()
        };
        if let (Some(permit), Some(parent)) = (permit, &self.lease.parent) {
            parent.give_back(permit);
        }
    }
}
