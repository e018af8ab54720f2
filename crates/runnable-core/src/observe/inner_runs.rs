//! [`InnerRuns`]: the observed runs inside shared work.

use std::{
    iter,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use super::live_run::LiveRun;

/// The observed runs inside [shared work](crate::RunContext::share).
///
/// The work can outlive the run that has created it, but the runs inside the work are inside that
/// run. When that run ends, these runs end as cancelled for the listeners, although their steps
/// continue.
pub(crate) struct InnerRuns {
    /// The shared work that encloses this work.
    outer: Option<Arc<Self>>,
    /// Whether the run that has created the work has ended.
    is_left: AtomicBool,
    /// The runs in the order in which they were opened, so a run comes before the runs inside it.
    open: Mutex<Vec<Weak<LiveRun>>>,
}

impl InnerRuns {
    /// Creates the list of the runs inside new work, which may be inside other shared work.
    pub(crate) fn inside(outer: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { outer, is_left: AtomicBool::new(false), open: Mutex::default() })
    }

    /// Returns this work and the shared work that encloses it.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        iter::successors(Some(self), |work| work.outer.as_deref())
    }

    /// Returns whether the steps that the work calls are no longer observed.
    pub(crate) fn is_left(&self) -> bool {
        self.chain().any(|work| work.is_left.load(Ordering::SeqCst))
    }

    /// Adds a run. If the work was left in the meantime, the run ends before it starts.
    pub(crate) fn add(&self, run: &Arc<LiveRun>) {
        for work in self.chain() {
            let mut open = work.open();
            open.retain(|run| run.strong_count() > 0);
            open.push(Arc::downgrade(run));
        }
        if self.is_left() {
            run.cancel(None);
        }
    }

    /// Ends the open runs for their listeners, the innermost first.
    pub(crate) fn leave(&self) {
        self.is_left.store(true, Ordering::SeqCst);
        let open = std::mem::take(&mut *self.open());
        open.iter().rev().filter_map(Weak::upgrade).for_each(|run| run.cancel(None));
    }

    fn open(&self) -> MutexGuard<'_, Vec<Weak<LiveRun>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
