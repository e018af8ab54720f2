//! Deep trees of runs, polled from a shallow stack.

use std::{
    any::Any,
    cell::RefCell,
    collections::VecDeque,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{self, Poll, Waker},
};

use futures_core::Stream;
use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use pin_project_lite::pin_project;

use crate::{Error, ErrorKind, Result as CallResult};

/// How many runs lie inside each other in one segment, and how many steps that are not runs.
///
/// They take a small part of a thread's stack, also in a development build, and what a segment costs is
/// little beside sixteen runs.
const RUNS: u16 = 16;

/// Whether the runs at this depth of the tree begin a segment; or the steps that are not runs, inside so
/// many others.
#[inline]
pub(crate) fn begins(depth: u16) -> bool {
    depth % RUNS == RUNS - 1
}

thread_local! {
    /// The segments that are due in the poll that this thread is in, if it is in one.
    static DRIVE: RefCell<Option<Drive>> = const { RefCell::new(None) };
}

/// One poll of a tree.
///
/// A run that is polled polls what runs inside it, and so on, so the stack grows with the depth of
/// the tree. Every few runs this ends: the inner run is not polled there, but noted as due, and the outer
/// one is pending. The segment that the poll began with polls those that are due when the stack is
/// back at its own depth.
#[derive(Default)]
struct Drive {
    due: VecDeque<Arc<dyn Poller>>,
    /// The segment that is being polled.
    current: Option<Arc<dyn Poller>>,
}

/// Applies a function to the drive of this thread, if it is in one.
fn in_drive<T>(f: impl FnOnce(&mut Drive) -> T) -> Option<T> {
    DRIVE.with_borrow_mut(|drive| drive.as_mut().map(f))
}

/// The end of a drive, also if the poll panics.
struct EndDrive;

impl Drop for EndDrive {
    fn drop(&mut self) {
        let drive = DRIVE.take();
        drop(drive);
    }
}

/// Whether this thread is in the poll of a tree.
pub(crate) fn is_driving() -> bool {
    DRIVE.with_borrow(Option::is_some)
}

/// While this is held, what is polled is not part of the tree that this thread polls.
///
/// Code that blocks inside a deep run needs this. The drive goes on only when that run returns, so it
/// would never poll a segment of the call that the code waits for.
pub(crate) struct SetAside {
    drive: Option<Drive>,
}

impl SetAside {
    pub(crate) fn new() -> Self {
        Self { drive: DRIVE.take() }
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        let own = DRIVE.replace(self.drive.take());
        drop(own);
    }
}

pin_project! {
    /// A call of its own tree that is made inside the poll of another tree.
    pub(crate) struct OtherTree<C> {
        #[pin]
        call: C,
    }
}

impl<C> OtherTree<C> {
    pub(crate) fn new(call: C) -> Self {
        Self { call }
    }
}

impl<F: Future> Future for OtherTree<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let _aside = SetAside::new();
        self.project().call.poll(cx)
    }
}

impl<S: Stream> Stream for OtherTree<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        let _aside = SetAside::new();
        self.project().call.poll_next(cx)
    }
}

/// A segment without its type.
trait Poller: Send + Sync {
    /// Polls what runs in the segment, if its result is wanted.
    fn poll(&self);
    /// The segment around this one.
    fn outer(&self) -> Option<Arc<dyn Poller>>;
    /// Whether it has a result that was not taken.
    fn is_ready(&self) -> bool;
    /// Wakes the run around it.
    fn waker(&self) -> Option<Waker>;
    /// Wakes the run around it, unless that is what wakes `outer`.
    fn wake(&self, outer: Option<&dyn Poller>);
    fn add_inner(&self, inner: Weak<dyn Poller>);
    /// The segments that were polled in this one.
    fn inner(&self) -> Vec<Arc<dyn Poller>>;
    /// Drops what runs in the segment.
    fn discard(&self);
}

/// The stream of a run that begins a segment, or its future as a stream of one item.
pub(crate) struct Segment<T: Send + 'static> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    stream: Run<T>,
    /// Whether the run around it waits for an item.
    wanted: bool,
    /// What came and was not taken: an item, the end, or a panic.
    outcome: Option<Result<Option<T>, Box<dyn Any + Send>>>,
    /// Wakes the run around the segment.
    waker: Option<Waker>,
    outer: Option<Weak<dyn Poller>>,
    inner: Vec<Weak<dyn Poller>>,
    /// How many inner segments there are when those that have ended are forgotten.
    many: usize,
}

enum Run<T> {
    Idle(BoxStream<'static, T>),
    /// A poll has taken it out.
    Polled,
    Ended,
}

impl<T: Send + 'static> Segment<T> {
    /// Begins a segment with the stream of a run.
    pub(crate) fn new(stream: impl Stream<Item = T> + Send + 'static) -> Self {
        let state = State {
            stream: Run::Idle(stream.boxed()),
            wanted: false,
            outcome: None,
            waker: None,
            outer: None,
            inner: Vec::new(),
            many: 8,
        };
        Self { shared: Arc::new(Shared { state: Mutex::new(state) }) }
    }
}

/// Makes a segment of a call.
pub(crate) fn apart<T: Send + 'static>(
    call: impl Future<Output = CallResult<T>> + Send + 'static,
) -> BoxFuture<'static, CallResult<T>> {
    let mut segment = Segment::new(stream::once(call));
    let output = async move {
        let discarded = || Err(Error::new(ErrorKind::Cancelled, "the call was dropped"));
        segment.next().await.unwrap_or_else(discarded)
    };
    output.boxed()
}

impl<T: Send + 'static> Stream for Segment<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<T>> {
        let shared = &self.shared;
        if let Some(outcome) = shared.take_outcome() {
            return Poll::Ready(outcome);
        }
        let this: Arc<dyn Poller> = Arc::clone(shared) as _;
        let noted = in_drive(|drive| {
            drive.due.push_back(Arc::clone(&this));
            drive.current.clone()
        });
        match noted {
            Some(outer) => {
                shared.want(cx.waker(), outer.as_ref());
                Poll::Pending
            }
            None => {
                shared.want(cx.waker(), None);
                drive(&this);
                shared.take_outcome().map_or(Poll::Pending, Poll::Ready)
            }
        }
    }
}

/// Drops the innermost segments first, so that what runs inside a run ends before it, and the stack
/// does not grow with the depth.
impl<T: Send + 'static> Drop for Segment<T> {
    fn drop(&mut self) {
        let mut segments = self.shared.inner();
        let mut seen = 0;
        while let Some(segment) = segments.get(seen) {
            let inner = segment.inner();
            segments.extend(inner);
            seen += 1;
        }
        segments.iter().rev().for_each(|segment| segment.discard());
        self.shared.discard();
    }
}

/// Polls a segment, and those inside it that become due.
fn drive(first: &Arc<dyn Poller>) {
    DRIVE.set(Some(Drive { due: VecDeque::from([Arc::clone(first)]), current: None }));
    let _end = EndDrive;
    while let Some(segment) = in_drive(|drive| drive.due.pop_front()).flatten() {
        // Returned, so that nothing is dropped while the drive is borrowed.
        let last = in_drive(|drive| drive.current.replace(Arc::clone(&segment)));
        drop(last);
        segment.poll();
        if !segment.is_ready() || Arc::ptr_eq(&segment, first) {
            continue;
        }
        // The run around it goes on at once. Its task is woken only if that is another than the
        // segment's: one of several that are polled side by side.
        let outer = segment.outer();
        segment.wake(outer.as_deref());
        in_drive(|drive| drive.due.extend(outer));
    }
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for the next item.
    fn want(self: &Arc<Self>, waker: &Waker, outer: Option<&Arc<dyn Poller>>)
    where
        T: Send + 'static,
    {
        // Dropped when the state is unlocked, since a waker may be the last that holds a task.
        let _last;
        {
            let mut state = self.state();
            state.wanted = true;
            _last = state.waker.replace(waker.clone());
            let outer = outer.map(Arc::downgrade);
            let same = match (&state.outer, &outer) {
                (Some(known), Some(outer)) => known.ptr_eq(outer),
                (known, outer) => known.is_none() && outer.is_none(),
            };
            if same {
                return;
            }
            state.outer = outer;
        }
        if let Some(outer) = outer {
            let this: Arc<dyn Poller> = Arc::clone(self) as _;
            outer.add_inner(Arc::downgrade(&this));
        }
    }

    /// What came, if something has. A panic goes on in the run around the segment.
    fn take_outcome(&self) -> Option<Option<T>> {
        let mut state = self.state();
        let outcome = match state.outcome.take() {
            None if matches!(state.stream, Run::Ended) => return Some(None),
            outcome => outcome?,
        };
        drop(state);
        Some(outcome.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl<T: Send> Poller for Shared<T> {
    fn poll(&self) {
        let mut state = self.state();
        if !state.wanted {
            return;
        }
        let mut stream = match mem::replace(&mut state.stream, Run::Polled) {
            Run::Idle(stream) => stream,
            // Another thread polls it at this moment, and may have missed why it is due.
            Run::Polled => {
                let waker = state.waker.clone();
                drop(state);
                return waker.into_iter().for_each(Waker::wake);
            }
            Run::Ended => {
                state.stream = Run::Ended;
                return;
            }
        };
        let waker = state.waker.clone();
        drop(state);
        let waker = waker.as_ref().unwrap_or(Waker::noop());
        let mut cx = task::Context::from_waker(waker);
        let poll = catch_unwind(AssertUnwindSafe(|| stream.poll_next_unpin(&mut cx)));
        let outcome = match poll {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(item)) => Some(Ok(item)),
            Err(panic) => Some(Err(panic)),
        };
        let has_ended = matches!(&outcome, Some(Ok(None) | Err(_)));
        let mut state = self.state();
        state.wanted = outcome.is_none();
        state.outcome = outcome;
        // It may have been discarded while it was polled.
        if has_ended || matches!(state.stream, Run::Ended) {
            state.stream = Run::Ended;
            drop(state);
            drop(stream);
        } else {
            state.stream = Run::Idle(stream);
        }
    }

    fn outer(&self) -> Option<Arc<dyn Poller>> {
        self.state().outer.as_ref()?.upgrade()
    }

    fn is_ready(&self) -> bool {
        self.state().outcome.is_some()
    }

    fn waker(&self) -> Option<Waker> {
        self.state().waker.clone()
    }

    fn wake(&self, outer: Option<&dyn Poller>) {
        let Some(waker) = self.state().waker.take() else { return };
        let outer = outer.and_then(Poller::waker);
        if !outer.is_some_and(|outer| outer.will_wake(&waker)) {
            waker.wake();
        }
    }

    fn add_inner(&self, inner: Weak<dyn Poller>) {
        let mut state = self.state();
        if state.inner.len() >= state.many {
            state.inner.retain(|inner| inner.strong_count() > 0);
            state.many = 8.max(state.inner.len() * 2);
        }
        state.inner.push(inner);
    }

    fn inner(&self) -> Vec<Arc<dyn Poller>> {
        let inner = mem::take(&mut self.state().inner);
        inner.iter().filter_map(Weak::upgrade).collect()
    }

    fn discard(&self) {
        let discarded = mem::replace(&mut self.state().stream, Run::Ended);
        drop(discarded);
    }
}
