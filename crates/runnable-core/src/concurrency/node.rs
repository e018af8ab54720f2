//! Nodes: runs that can be polled independently of their handles. A caller may stop polling a
//! handle that it holds. The run behind the handle can then still continue and release its permit,
//! so it does not block other runs.

use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll, Wake, Waker},
};

use futures_core::Stream;
use futures_util::{future::BoxFuture, task::AtomicWaker};

use super::{
    budget::{Budget, Pool},
    driven::Driven,
    driver_id::DriverId,
    lease::Lease,
    round::Driver,
};
use crate::{
    CancelCause,
    poll::cancelling::{cancelling, current_cause},
};

/// The work of a node: a future or a stream.
pub(crate) trait Work: Send + Unpin + 'static {
    type Output: Send;

    fn poll_work(&mut self, task: &mut task::Context<'_>) -> Poll<Self::Output>;

    /// Returns whether this output is the last output.
    fn is_last(output: &Self::Output) -> bool;

    /// Returns the value that a poll returns after the last output.
    fn after_last() -> Self::Output;
}

impl<T: Send + 'static> Work for BoxFuture<'static, T> {
    type Output = T;

    fn poll_work(&mut self, task: &mut task::Context<'_>) -> Poll<T> {
        self.as_mut().poll(task)
    }

    fn is_last(_: &T) -> bool {
        true
    }

    fn after_last() -> T {
        panic!("a call polled after it was ready")
    }
}

/// A stream as the work of a node. Each chunk is one output.
pub(crate) struct Chunks<S>(pub(crate) S);

impl<S: Stream<Item: Send> + Send + Unpin + 'static> Work for Chunks<S> {
    type Output = Option<S::Item>;

    fn poll_work(&mut self, task: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        Pin::new(&mut self.0).poll_next(task)
    }

    fn is_last(item: &Option<S::Item>) -> bool {
        item.is_none()
    }

    fn after_last() -> Option<S::Item> {
        None
    }
}

struct Node<W: Work> {
    pool: Arc<Pool>,
    outer: Option<Weak<dyn Driven>>,
    state: Mutex<State<W>>,
    /// The waker that was passed to the last poll of the handle.
    handle: AtomicWaker,
    woken: AtomicBool,
    passed_over: AtomicBool,
    driver: Mutex<Option<DriverId>>,
    /// Whether the handle was dropped.
    closed: AtomicBool,
    /// The cause for which the handle was dropped, if it is known.
    cause: Mutex<Option<CancelCause>>,
}

enum State<W: Work> {
    Running(W),
    /// The call has polled the node in place of its owner, and the poll has produced a result: an
    /// output or a panic. The handle, which the owner polls, has not yet returned this result. The
    /// second field is the work that can produce further results, or `None` if it has ended.
    Reached(Result<W::Output, Box<dyn Any + Send>>, Option<W>),
    Over,
}

impl<W: Work> State<W> {
    fn take_work(&mut self) -> Option<W> {
        match mem::replace(self, Self::Over) {
            Self::Running(work) => Some(work),
            Self::Reached(_, remaining_work) => remaining_work,
            Self::Over => None,
        }
    }
}

impl<W: Work> Node<W> {
    /// Returns the state, or `None` while another thread polls the node.
    fn try_state(&self) -> Option<MutexGuard<'_, State<W>>> {
        match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Polls the work, unless the node stores a result that its handle has not yet returned.
    fn poll_work(self: &Arc<Self>, state: &mut State<W>) -> Poll<W::Output> {
        let State::Running(work) = state else {
            return Poll::Pending;
        };
        self.woken.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(self));
        work.poll_work(&mut task::Context::from_waker(&waker))
    }

    /// If the handle was dropped while another thread polled the node, drops the remaining work.
    fn close(&self) {
        if self.closed.load(Ordering::SeqCst) {
            let state = self.try_state().map(|mut state| mem::replace(&mut *state, State::Over));
            let cause = *self.cause.lock().unwrap_or_else(PoisonError::into_inner);
            match cause {
                Some(cause) => cancelling(cause, || drop(state)),
                None => drop(state),
            }
        }
    }
}

impl<W: Work> Driven for Node<W> {
    fn outer(&self) -> Option<Arc<dyn Driven>> {
        self.outer.as_ref()?.upgrade()
    }

    fn is_woken(&self) -> bool {
        self.woken.load(Ordering::SeqCst)
    }

    fn driver(&self) -> Option<DriverId> {
        *self.driver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_passed_over(&self) -> bool {
        self.passed_over.swap(true, Ordering::SeqCst)
    }

    fn drive(self: Arc<Self>) {
        let Some(mut state) = self.try_state() else {
            return;
        };
        let polled = catch_unwind(AssertUnwindSafe(|| self.poll_work(&mut state)));
        let reached = match polled {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(output)) => Some(Ok(output)),
            Err(panic) => Some(Err(panic)),
        };
        let mut finished_work = None;
        if let Some(reached) = reached {
            let remaining_work = state.take_work();
            let has_more = reached.as_ref().is_ok_and(|output| !W::is_last(output));
            let (remaining_work, last) =
                if has_more { (remaining_work, None) } else { (None, remaining_work) };
            finished_work = last;
            *state = State::Reached(reached, remaining_work);
        }
        drop(state);
        drop(finished_work);
        self.close();
        // The handle may have been polled in the meantime, and may have returned `Pending` because
        // this poll held the state.
        self.handle.wake();
    }
}

impl<W: Work> Wake for Node<W> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.handle.wake();
        if self.pool.is_waited_for() {
            self.pool.wake_drivers();
        }
    }
}

/// The handle of a node. It polls the node, and drops the work of the node when it is dropped.
pub(crate) struct Handle<W: Work> {
    node: Arc<Node<W>>,
    /// The driver of the task, if the handle belongs to the outermost run of its task.
    driver: Option<Driver>,
    /// The lease of the run that made the call.
    caller: Option<Arc<Lease>>,
    /// Whether the handle has delayed the last output until the caller is polled again.
    held_back: bool,
}

impl<W: Work> Handle<W> {
    /// Creates a node for a call that is made inside the run with the lease `around`, and returns
    /// its handle. `work` receives the lease of the node, and creates the future or stream.
    pub(crate) fn new(
        budget: &Budget,
        around: Option<&Arc<Lease>>,
        work: impl FnOnce(Arc<Lease>) -> W,
    ) -> Self {
        let mut work = Some(work);
        Self::with_work(budget, around, &mut |lease| work.take().map(|work| work(lease)))
    }

    /// Does the same. `work` is a trait object, so that this function is not compiled for each step.
    fn with_work(
        budget: &Budget,
        around: Option<&Arc<Lease>>,
        work: &mut dyn FnMut(Arc<Lease>) -> Option<W>,
    ) -> Self {
        let node = Arc::new_cyclic(|node: &Weak<Node<W>>| {
            let lease = Lease::of_node(budget, around, node.clone());
            Node {
                pool: Arc::clone(&budget.pool),
                outer: lease.outer_node(),
                state: Mutex::new(work(lease).map_or(State::Over, State::Running)),
                handle: AtomicWaker::new(),
                woken: AtomicBool::new(false),
                passed_over: AtomicBool::new(false),
                driver: Mutex::new(None),
                closed: AtomicBool::new(false),
                cause: Mutex::default(),
            }
        });
        Self { node, driver: None, caller: around.cloned(), held_back: false }
    }

    fn poll_node(&mut self, task: &mut task::Context<'_>) -> Poll<W::Output> {
        if DriverId::current(self.node.pool.root).is_some() {
            return self.poll_state(task);
        }
        let mut driver = self.driver.take().unwrap_or_else(|| Driver::of_task(&self.node.pool));
        let polled = driver.round(task, |task| self.poll_state(task));
        self.driver = Some(driver).filter(|_| polled.is_pending());
        polled
    }

    fn poll_state(&mut self, task: &mut task::Context<'_>) -> Poll<W::Output> {
        let node = &self.node;
        node.handle.register(task.waker());
        node.passed_over.store(false, Ordering::SeqCst);
        *node.driver.lock().unwrap_or_else(PoisonError::into_inner) =
            DriverId::current(node.pool.root);
        // If another thread polls the node, that thread wakes this handle afterwards.
        let Some(mut state) = node.try_state() else {
            return Poll::Pending;
        };
        let (reached, remaining_work) = match mem::replace(&mut *state, State::Over) {
            State::Reached(reached, remaining_work) => (reached, remaining_work),
            State::Over => return Poll::Ready(W::after_last()),
            State::Running(work) => {
                *state = State::Running(work);
                let output = task::ready!(node.poll_work(&mut state));
                (Ok(output), state.take_work())
            }
        };
        let is_last = reached.as_ref().map_or(true, W::is_last);
        // The call may have been unable to hand a permit back to its caller, for example because it
        // dropped a run that paused. The caller must then acquire a permit before it continues, so
        // end the current poll of the caller.
        let must_ask = |caller: &Arc<Lease>| caller.must_ask();
        if is_last && !self.held_back && self.caller.as_ref().is_some_and(must_ask) {
            self.held_back = true;
            *state = State::Reached(reached, None);
            drop(state);
            drop(remaining_work);
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        let (remaining_work, finished_work) =
            if is_last { (None, remaining_work) } else { (remaining_work, None) };
        if let Some(remaining_work) = remaining_work {
            *state = State::Running(remaining_work);
        }
        drop(state);
        drop(finished_work);
        match reached {
            Ok(output) => Poll::Ready(output),
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl<W: Work> Drop for Handle<W> {
    fn drop(&mut self) {
        *self.node.cause.lock().unwrap_or_else(PoisonError::into_inner) = current_cause();
        self.node.closed.store(true, Ordering::SeqCst);
        self.node.close();
    }
}

impl<T: Send + 'static> Future for Handle<BoxFuture<'static, T>> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<T> {
        self.poll_node(task)
    }
}

impl<S: Stream<Item: Send> + Send + Unpin + 'static> Stream for Handle<Chunks<S>> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_node(task)
    }
}
