//! [`Holds`]: the runs that a debugger holds, and the steps that were requested.

use std::task::{Context, Poll, Waker};

use runnable_core::{Run, RunId};

/// Identifies a run by its ID and the number of its parents, because the ID alone is not unique.
pub(super) type RunKey = (RunId, usize);

/// Returns the key of a run.
pub(super) fn key_of(run: &Run) -> RunKey {
    (run.id, run.parent_ids.len())
}

/// The runs that are held, and the requests to stop at the next step.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// The number of each stop, and the run that it holds.
    held: Vec<(u64, RunKey)>,
    requests: Vec<StepRequest>,
    /// The wakers of the held runs.
    waiting: Vec<Waker>,
    next_stop: u64,
}

/// A request to stop at the next start of a run in the same call.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepRequest {
    pub(super) root: RunId,
    /// The run inside which the debugger does not stop.
    pub(super) over: Option<RunKey>,
}

impl Holds {
    /// Starts a stop, and returns its number. The stop holds `run` and the runs inside it. With
    /// `None`, the stop holds no run.
    pub(super) fn hold(&mut self, run: Option<RunKey>) -> u64 {
        let stop = self.next_stop;
        self.next_stop = self.next_stop.wrapping_add(1);
        self.held.extend(run.map(|run| (stop, run)));
        stop
    }

    /// Returns `Pending` if the run or a run that encloses it is held.
    pub(super) fn poll(&mut self, run: &Run, cx: &mut Context<'_>) -> Poll<()> {
        if !self.held.iter().any(|(_, held)| is_inside(run, *held)) {
            return Poll::Ready(());
        }
        if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Ends a stop. Returns the wakers. Release the lock before you wake them.
    #[must_use]
    pub(super) fn release(&mut self, stop: u64) -> Vec<Waker> {
        self.held.retain(|(held, _)| *held != stop);
        std::mem::take(&mut self.waiting)
    }

    /// Ends the stops of a run that has ended.
    #[must_use]
    pub(super) fn release_run(&mut self, run: RunKey) -> Vec<Waker> {
        let count = self.held.len();
        self.held.retain(|(_, held)| *held != run);
        if self.held.len() == count { Vec::new() } else { std::mem::take(&mut self.waiting) }
    }

    /// Ends all stops and requests.
    #[must_use]
    pub(super) fn release_all(&mut self) -> Vec<Waker> {
        self.held.clear();
        self.requests.clear();
        std::mem::take(&mut self.waiting)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub(super) fn request(&mut self, request: StepRequest) {
        self.requests.retain(|other| other.root != request.root);
        self.requests.push(request);
    }

    /// Returns whether a step was requested that ends at the start of this run, and ends the
    /// request.
    pub(super) fn take_request(&mut self, run: &Run) -> bool {
        let root = run.root_id();
        let ends = |request: &StepRequest| {
            request.root == root && !request.over.is_some_and(|over| is_inside(run, over))
        };
        let count = self.requests.len();
        self.requests.retain(|request| !ends(request));
        self.requests.len() < count
    }

    /// Ends the requests of a call that has ended.
    pub(super) fn end_requests(&mut self, root: RunId) {
        self.requests.retain(|request| request.root != root);
    }
}

/// Returns whether a run is `outer` or is inside it.
fn is_inside(run: &Run, (outer, depth): RunKey) -> bool {
    match run.parent_ids.get(depth) {
        Some(parent) => *parent == outer,
        None => run.id == outer && run.parent_ids.len() == depth,
    }
}
