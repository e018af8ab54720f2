//! A run that can be polled apart from its handle, so that it holds nothing up if that is left alone.

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

/// What a node polls: a future or a stream.
pub(crate) trait Work: Send + Unpin + 'static {
    type Output: Send;

    fn poll_work(&mut self, task: &mut task::Context<'_>) -> Poll<Self::Output>;

    /// Whether nothing comes after this.
    fn is_last(output: &Self::Output) -> bool;

    /// What comes when it is polled after the last.
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

/// A stream as the work of a node.
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
    /// What polled the handle last.
    handle: AtomicWaker,
    woken: AtomicBool,
    passed_over: AtomicBool,
    driver: Mutex<Option<DriverId>>,
    /// The handle was dropped.
    closed: AtomicBool,
}

enum State<W: Work> {
    Running(W),
    /// Driven up to here; and what is left of the work.
    Reached(Result<W::Output, Box<dyn Any + Send>>, Option<W>),
    Over,
}

impl<W: Work> State<W> {
    fn take_work(&mut self) -> Option<W> {
        match mem::replace(self, Self::Over) {
            Self::Running(work) => Some(work),
            Self::Reached(_, rest) => rest,
            Self::Over => None,
        }
    }
}

impl<W: Work> Node<W> {
    /// `None` while another thread polls it.
    fn try_state(&self) -> Option<MutexGuard<'_, State<W>>> {
        match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Polls the work, if it has not got anywhere yet.
    fn poll_work(self: &Arc<Self>, state: &mut State<W>) -> Poll<W::Output> {
        let State::Running(work) = state else {
            return Poll::Pending;
        };
        self.woken.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(self));
        work.poll_work(&mut task::Context::from_waker(&waker))
    }

    /// Drops what is left, if the handle was dropped while another thread polled.
    fn close(&self) {
        if self.closed.load(Ordering::SeqCst) {
            let state = self.try_state().map(|mut state| mem::replace(&mut *state, State::Over));
            drop(state);
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
        let mut over = None;
        if let Some(reached) = reached {
            let rest = state.take_work();
            let goes_on = reached.as_ref().is_ok_and(|output| !W::is_last(output));
            let (rest, last) = if goes_on { (rest, None) } else { (None, rest) };
            over = last;
            *state = State::Reached(reached, rest);
        }
        drop(state);
        drop(over);
        self.close();
        // The handle may also have been polled meanwhile, and found that this was at it.
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

/// What polls a node, and drops what is in it.
pub(crate) struct Handle<W: Work> {
    node: Arc<Node<W>>,
    /// If it is the outermost run of its task.
    driver: Option<Driver>,
    /// The run that made the call.
    caller: Option<Arc<Lease>>,
    /// Whether its end was held back until the caller was polled again.
    held_back: bool,
}

impl<W: Work> Handle<W> {
    /// A node for a call from inside the run that has the lease `around`. `work` makes what it polls,
    /// with the lease that the node has.
    pub(crate) fn new(
        budget: &Budget,
        around: Option<&Arc<Lease>>,
        work: impl FnOnce(Arc<Lease>) -> W,
    ) -> Self {
        let node = Arc::new_cyclic(|node: &Weak<Node<W>>| {
            let lease = Lease::of_node(budget, around, node.clone());
            Node {
                pool: Arc::clone(&budget.pool),
                outer: lease.outer_node(),
                state: Mutex::new(State::Running(work(lease))),
                handle: AtomicWaker::new(),
                woken: AtomicBool::new(false),
                passed_over: AtomicBool::new(false),
                driver: Mutex::new(None),
                closed: AtomicBool::new(false),
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
        // Whatever polls it now wakes this when it is done.
        let Some(mut state) = node.try_state() else {
            return Poll::Pending;
        };
        let (reached, rest) = match mem::replace(&mut *state, State::Over) {
            State::Reached(reached, rest) => (reached, rest),
            State::Over => return Poll::Ready(W::after_last()),
            State::Running(work) => {
                *state = State::Running(work);
                let output = task::ready!(node.poll_work(&mut state));
                (Ok(output), state.take_work())
            }
        };
        let is_last = reached.as_ref().map_or(true, W::is_last);
        // The call had no permit to hand back, such as after it dropped a run that paused. The caller
        // gets its own before it is polled again, so its present poll ends here.
        let must_ask = |caller: &Arc<Lease>| caller.must_ask();
        if is_last && !self.held_back && self.caller.as_ref().is_some_and(must_ask) {
            self.held_back = true;
            *state = State::Reached(reached, None);
            drop(state);
            drop(rest);
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        let (rest, over) = if is_last { (None, rest) } else { (rest, None) };
        if let Some(rest) = rest {
            *state = State::Running(rest);
        }
        drop(state);
        drop(over);
        match reached {
            Ok(output) => Poll::Ready(output),
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl<W: Work> Drop for Handle<W> {
    fn drop(&mut self) {
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
