//! [`Shared`]: the state of a debugger, which its handles share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use runnable_core::Run;

use super::{
    breakpoint::Breakpoint,
    holds::{Holds, StepRequest},
    run_tree::RunTree,
};

/// The state of a debugger.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Whether a run is held. It is read before each poll of a run, so it is not under the lock.
    is_holding: AtomicBool,
}

#[derive(Debug)]
pub(super) struct State {
    /// The breakpoints. They are shared, so that their conditions are called without the lock.
    pub(super) breakpoints: Arc<Vec<Breakpoint>>,
    pub(super) holds: Holds,
    pub(super) tree: RunTree,
    /// Whether the control was dropped. From then on, no run stops.
    pub(super) is_off: bool,
}

impl Shared {
    pub(super) fn new(breakpoints: impl IntoIterator<Item = Breakpoint>) -> Self {
        let state = State {
            breakpoints: Arc::new(breakpoints.into_iter().collect()),
            holds: Holds::default(),
            tree: RunTree::default(),
            is_off: false,
        };
        Self { state: Mutex::new(state), is_holding: AtomicBool::new(false) }
    }

    /// Changes the state, and then wakes the runs that the change returns.
    pub(super) fn update(&self, change: impl FnOnce(&mut State) -> Vec<Waker>) {
        let mut state = self.state();
        let woken = change(&mut state);
        self.is_holding.store(!state.holds.is_empty(), Ordering::Release);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Adds a breakpoint.
    pub(super) fn break_on(&self, breakpoint: Breakpoint) {
        self.update(|state| {
            Arc::make_mut(&mut state.breakpoints).push(breakpoint);
            Vec::new()
        });
    }

    /// Returns what a function reads from the state.
    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state())
    }

    /// Returns `Pending` if the run is held.
    pub(super) fn poll_run(&self, run: &Run, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_holding.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        self.state().holds.poll(run, cx)
    }

    /// Ends a stop. If `request` is set, the debugger stops again at the next step.
    pub(super) fn release(&self, stop: u64, request: Option<StepRequest>) {
        self.update(|state| {
            let is_open = |request: &StepRequest| !state.is_off && state.tree.is_open(request.root);
            if let Some(request) = request.filter(is_open) {
                state.holds.request(request);
            }
            state.holds.release(stop)
        });
    }

    /// Lets all runs continue. From then on, no run stops.
    pub(super) fn turn_off(&self) {
        self.update(|state| {
            state.is_off = true;
            state.holds.release_all()
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
