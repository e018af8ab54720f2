//! The turns of a step that has a limit of its own: `with_concurrency_limit`.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lease::Lease;

/// How many runs of a step may be open at once, over all calls.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    permits: Arc<Semaphore>,
    /// How many runs wait for a turn.
    waiting: Arc<AtomicUsize>,
}

/// The turn of a run, which lasts until it is dropped.
///
/// A run that calls the same step again lends it its turn, since it waits for it.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    /// The turn of the nearest run of the same step around this one.
    outer: Option<Arc<Self>>,
    /// `None` while it is lent, and after it ended.
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Turns {
    pub(crate) fn new(limit: usize) -> Self {
        let permits = Semaphore::new(limit.min(Semaphore::MAX_PERMITS));
        Self { permits: Arc::new(permits), waiting: Arc::default() }
    }

    /// Waits for a turn.
    ///
    /// While it waits, the run around it is not at work: what that has of the call's budget is for
    /// others, one of which may have the turn that is waited for.
    pub(crate) async fn enter(
        &self,
        outer: Option<Arc<Turn>>,
        around: Option<&Arc<Lease>>,
    ) -> Taken {
        let free = || Arc::clone(&self.permits).try_acquire_owned().ok();
        let at_hand = || outer.as_ref().and_then(|outer| outer.borrow()).or_else(free);
        let permit = match at_hand() {
            Some(permit) => Some(permit),
            None => {
                let _aside = around.map(Lease::step_aside);
                let _waiting = Waiting::of(&self.waiting);
                // Looked for once more: a turn may have been given back before this was seen to wait.
                match at_hand() {
                    Some(permit) => Some(permit),
                    None => Arc::clone(&self.permits).acquire_owned().await.ok(),
                }
            }
        };
        let permit = Mutex::new(permit);
        Taken { turn: Arc::new(Turn { turns: self.clone(), outer, permit }) }
    }
}

impl Turn {
    fn is_of(&self, turns: &Turns) -> bool {
        Arc::ptr_eq(&self.turns.permits, &turns.permits)
    }

    /// A turn that a run around has and does not need just now.
    fn borrow(self: &Arc<Self>) -> Option<OwnedSemaphorePermit> {
        let around = std::iter::successors(Some(self), |turn| turn.outer.as_ref());
        around.into_iter().find_map(|turn| turn.permit().take())
    }

    /// Takes a turn back that was lent, while nothing waits for one.
    fn give_back(&self, permit: OwnedSemaphorePermit) {
        let mut current = self.permit();
        if current.is_none() {
            *current = Some(permit);
            // Asked afterwards: what waits since then has seen it lie here.
            if self.turns.waiting.load(Ordering::SeqCst) > 0 {
                *current = None;
            }
        }
    }

    fn permit(&self) -> MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn that a run has of its step, and those of the runs around it.
pub(crate) struct TurnsAround {
    turn: Arc<Turn>,
    outer: Option<Arc<Self>>,
}

impl TurnsAround {
    /// This turn, inside those of the runs around.
    pub(crate) fn new(turn: &Arc<Turn>, outer: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { turn: Arc::clone(turn), outer })
    }

    /// The innermost turn of a step.
    pub(crate) fn nearest(&self, turns: &Turns) -> Option<&Arc<Turn>> {
        let mut around = std::iter::successors(Some(self), |around| around.outer.as_deref());
        around.find(|around| around.turn.is_of(turns)).map(|around| &around.turn)
    }
}

/// A turn that ends with what holds it, which is its run.
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

/// Counts a run that waits for a turn, until it is dropped.
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
