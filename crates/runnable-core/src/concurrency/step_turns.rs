//! The turns of a step that has its own concurrency limit, set with `with_concurrency_limit`.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::lease::Lease;

/// The turns of a step. They limit how many runs of the step are active at a time, in all calls
/// together.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    permits: Arc<Semaphore>,
    /// The number of runs that wait for a turn.
    waiting: Arc<AtomicUsize>,
}

/// The turn of a run: a permit to use the step, which the run holds until this value is dropped.
///
/// If the run calls the same step again, the outer run lends its permit to the inner run, because
/// it waits for the inner run.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    /// The turn of the nearest enclosing run of the same step.
    outer: Option<Arc<Self>>,
    /// The permit. `None` while it is lent, and after the turn has ended.
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Turns {
    pub(crate) fn new(limit: usize) -> Self {
        let permits = Semaphore::new(limit.min(Semaphore::MAX_PERMITS));
        Self { permits: Arc::new(permits), waiting: Arc::default() }
    }

    /// Waits for a turn. Returns the turn, and how long the run has waited for it.
    ///
    /// While this run waits for its turn, the enclosing run does not work, and releases its permit
    /// of the concurrency limit of the call. Otherwise that permit could block the run that holds
    /// the awaited turn.
    pub(crate) async fn enter(
        &self,
        outer: Option<Arc<Turn>>,
        around: Option<&Arc<Lease>>,
    ) -> (Taken, Duration) {
        let free = || Arc::clone(&self.permits).try_acquire_owned().ok();
        let available = || outer.as_ref().and_then(|outer| outer.borrow()).or_else(free);
        let mut waited = Duration::ZERO;
        let permit = match available() {
            Some(permit) => Some(permit),
            None => {
                let _aside = around.map(Lease::step_aside);
                let _waiting = Waiting::of(&self.waiting);
                // Check once more, because a turn may have been returned before this run was
                // counted as waiting.
                match available() {
                    Some(permit) => Some(permit),
                    None => {
                        let since = Instant::now();
                        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
                        waited = since.elapsed();
                        permit
                    }
                }
            }
        };
        let permit = Mutex::new(permit);
        let turn = Arc::new(Turn { turns: self.clone(), outer, permit });
        (Taken { turn }, waited)
    }
}

impl Turn {
    fn is_of(&self, turns: &Turns) -> bool {
        Arc::ptr_eq(&self.turns.permits, &turns.permits)
    }

    /// Borrows the permit from the nearest run, this run or an enclosing run of the same step, that
    /// holds one. Such a run does not need the permit now, because it waits for the borrower.
    fn borrow(self: &Arc<Self>) -> Option<OwnedSemaphorePermit> {
        let around = std::iter::successors(Some(self), |turn| turn.outer.as_ref());
        around.into_iter().find_map(|turn| turn.permit().take())
    }

    /// Takes back a permit that was lent. If other runs wait for a turn, the permit becomes free
    /// instead.
    fn give_back(&self, permit: OwnedSemaphorePermit) {
        let mut current = self.permit();
        if current.is_none() {
            *current = Some(permit);
            // Check for waiting runs after the permit is stored. A run that starts to wait later
            // finds the permit with `borrow`.
            if self.turns.waiting.load(Ordering::SeqCst) > 0 {
                *current = None;
            }
        }
    }

    fn permit(&self) -> MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of a run, and the turns of the enclosing runs.
pub(crate) struct TurnsAround {
    turn: Arc<Turn>,
    outer: Option<Arc<Self>>,
}

impl TurnsAround {
    /// Creates the list of a turn and the turns of the enclosing runs.
    pub(crate) fn new(turn: &Arc<Turn>, outer: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { turn: Arc::clone(turn), outer })
    }

    /// Returns the innermost turn that belongs to `turns`, which are the turns of one step.
    pub(crate) fn nearest(&self, turns: &Turns) -> Option<&Arc<Turn>> {
        let mut around = std::iter::successors(Some(self), |around| around.outer.as_deref());
        around.find(|around| around.turn.is_of(turns)).map(|around| &around.turn)
    }
}

/// Holds the turn of a run. The turn ends when this value is dropped.
pub(crate) struct Taken {
    pub(crate) turn: Arc<Turn>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let permit = self.turn.permit().take();
        if let (Some(permit), Some(outer)) = (permit, &self.turn.outer) {
            outer.give_back(permit);
        }
    }
}

/// Counts a run that waits for a turn, until this value is dropped.
struct Waiting<'a> {
    waiting: &'a AtomicUsize,
}

impl<'a> Waiting<'a> {
    fn of(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::SeqCst);
        Self { waiting }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
