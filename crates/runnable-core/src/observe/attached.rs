//! The listeners of a call. A panic of a listener is caught.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll},
};

use super::{
    event::RunEvent,
    listener::{Interest, Listener},
    run::Run,
};

/// The moment of a run at which a hook, such as `on_start`, is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Start,
    End,
    /// The run has failed or was cancelled.
    Error,
}

/// A listener that is attached to a call or to a single run.
#[derive(Clone)]
pub(crate) struct Attached {
    listener: Arc<dyn Listener>,
    /// The only moment for which the listener is called, if it is a hook such as `on_start`.
    pub(crate) moment: Option<Moment>,
}

impl Attached {
    pub(crate) fn new(listener: Arc<dyn Listener>) -> Self {
        Self { listener, moment: None }
    }

    pub(crate) fn at(moment: Moment, listener: Arc<dyn Listener>) -> Self {
        Self { listener, moment: Some(moment) }
    }

    pub(crate) fn interest(&self, run: &Run, panicked: &Panicked) -> Option<Interest> {
        self.guarded(panicked, |listener| listener.interest(run)).flatten()
    }

    pub(crate) fn on_event(&self, event: &RunEvent<'_>, panicked: &Panicked) {
        self.guarded(panicked, |listener| listener.on_event(event));
    }

    pub(crate) fn poll_run(
        &self,
        run: &Run,
        cx: &mut task::Context<'_>,
        panicked: &Panicked,
    ) -> Poll<()> {
        self.guarded(panicked, |listener| listener.poll_run(run, cx)).unwrap_or(Poll::Ready(()))
    }

    /// Lets the listener call `poll`. If the listener does not call `poll`, this method calls it,
    /// so that the step is polled exactly once. `poll` must not panic, because that would count as
    /// a panic of the listener.
    pub(crate) fn around_poll(&self, run: &Run, poll: &mut dyn FnMut(), panicked: &Panicked) {
        let mut is_polled = false;
        let mut poll_once = || {
            if !is_polled {
                is_polled = true;
                poll();
            }
        };
        self.guarded(panicked, |listener| listener.around_poll(run, &mut poll_once));
        poll_once();
    }

    pub(crate) fn propagate(
        &self,
        run: &Run,
        add: &mut dyn FnMut(&str, &str),
        panicked: &Panicked,
    ) {
        self.guarded(panicked, |listener| listener.propagate(run, add));
    }

    /// Calls the listener and catches its panic.
    ///
    /// A panic of a listener must not fail the run. It must also not abort the program if another
    /// panic is unwinding at the same time.
    fn guarded<T>(&self, panicked: &Panicked, call: impl FnOnce(&dyn Listener) -> T) -> Option<T> {
        if panicked.contains(&self.listener) {
            return None;
        }
        let result = catch_unwind(AssertUnwindSafe(|| call(&*self.listener)));
        if result.is_err() {
            panicked.add(&self.listener);
        }
        result.ok()
    }
}

/// The listeners that have panicked in a tree of runs. They are not called again in this tree.
#[derive(Default)]
pub(crate) struct Panicked {
    /// Whether the list has entries. Reading this flag is cheaper than locking the list.
    any: AtomicBool,
    listeners: Mutex<Vec<Arc<dyn Listener>>>,
}

impl Panicked {
    fn contains(&self, listener: &Arc<dyn Listener>) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().any(|panicked| Arc::ptr_eq(panicked, listener))
    }

    fn add(&self, listener: &Arc<dyn Listener>) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        // Keep the listener alive, so that no other listener gets the same address.
        listeners.push(Arc::clone(listener));
        self.any.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}
