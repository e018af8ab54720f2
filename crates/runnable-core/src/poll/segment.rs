//! Segments: parts of a deep tree of runs. Each segment is polled separately, so that the depth of
//! the stack is limited.

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

/// The number of nested runs in a segment. The same number applies to nested transparent steps.
///
/// This number of runs uses a small part of the stack of a thread, even in a development build. The
/// cost of a segment is small compared with the cost of this number of runs.
const RUNS: u16 = 16;

/// Returns whether a segment starts at this depth of nested runs, or of nested transparent steps.
#[inline]
pub(crate) fn begins(depth: u16) -> bool {
    depth % RUNS == RUNS - 1
}

thread_local! {
    /// The drive that is in progress on this thread. `None` while the thread does not poll a tree
    /// of runs.
    static DRIVE: RefCell<Option<Drive>> = const { RefCell::new(None) };
}

/// A drive: one poll of a tree of runs.
///
/// A run polls the runs inside it when it is polled, so the stack grows with the depth of the tree.
/// A segment stops this growth: the run of the segment is not polled inside the outer poll.
/// Instead, the segment is recorded as due, and the outer run returns `Pending`. When the stack has
/// returned to the segment with which the drive started, that segment polls the segments that are
/// due.
#[derive(Default)]
struct Drive {
    /// The segments to poll, in order.
    due: VecDeque<Arc<dyn Poller>>,
    /// The segment that is being polled.
    current: Option<Arc<dyn Poller>>,
}

/// Applies `f` to the drive of this thread, and returns the result. Returns `None` if there is no
/// drive.
fn in_drive<T>(f: impl FnOnce(&mut Drive) -> T) -> Option<T> {
    DRIVE.with_borrow_mut(|drive| drive.as_mut().map(f))
}

/// Ends the drive of this thread when it is dropped, even if a panic unwinds.
struct EndDrive;

impl Drop for EndDrive {
    fn drop(&mut self) {
        let drive = DRIVE.take();
        drop(drive);
    }
}

/// Returns whether this thread is polling a tree of runs.
pub(crate) fn is_driving() -> bool {
    DRIVE.with_borrow(Option::is_some)
}

/// Until this value is dropped, polls on this thread start new drives, separate from the drive that
/// is in progress.
///
/// Code that blocks inside a deep run needs this. The drive in progress continues only after that
/// run has returned, so it would never poll the segments of the call for which the code waits.
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
        let inner_drive = DRIVE.replace(self.drive.take());
        drop(inner_drive);
    }
}

pin_project! {
    /// A call that is made inside the poll of a tree of runs, and that has its own, separate tree.
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

/// The methods of a segment that do not depend on its item type.
trait Poller: Send + Sync {
    /// Polls the run of the segment, if the outer run waits for its next item.
    fn poll(&self);
    /// Returns the segment that encloses this segment.
    fn outer(&self) -> Option<Arc<dyn Poller>>;
    /// Returns whether the segment has a result that the outer run has not taken.
    fn is_ready(&self) -> bool;
    /// Returns the waker of the outer run.
    fn waker(&self) -> Option<Waker>;
    /// Wakes the outer run, unless that would wake the same task as waking the outer run of the
    /// segment `outer`.
    fn wake(&self, outer: Option<&dyn Poller>);
    fn add_inner(&self, inner: Weak<dyn Poller>);
    /// Removes and returns the segments that were polled inside this segment.
    fn inner(&self) -> Vec<Arc<dyn Poller>>;
    /// Drops the run of the segment.
    fn discard(&self);
}

/// A segment. It contains the stream of a run. The future of a run is handled as a stream with one
/// item.
pub(crate) struct Segment<T: Send + 'static> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    stream: Run<T>,
    /// Whether the outer run waits for an item.
    wanted: bool,
    /// The result that the outer run has not taken: an item, the end, or a panic.
    outcome: Option<Result<Option<T>, Box<dyn Any + Send>>>,
    /// The waker of the outer run.
    waker: Option<Waker>,
    outer: Option<Weak<dyn Poller>>,
    inner: Vec<Weak<dyn Poller>>,
    /// The number of inner segments from which on ended segments are removed from the list.
    prune_at: usize,
}

enum Run<T> {
    Idle(BoxStream<'static, T>),
    /// The stream was moved out of the segment, and is being polled.
    Polled,
    Ended,
}

impl<T: Send + 'static> Segment<T> {
    /// Creates a segment for the stream of a run.
    pub(crate) fn new(stream: impl Stream<Item = T> + Send + 'static) -> Self {
        let state = State {
            stream: Run::Idle(stream.boxed()),
            wanted: false,
            outcome: None,
            waker: None,
            outer: None,
            inner: Vec::new(),
            prune_at: 8,
        };
        Self { shared: Arc::new(Shared { state: Mutex::new(state) }) }
    }
}

/// Creates a future that makes a call in a new segment.
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
        let outer_segment = in_drive(|drive| {
            drive.due.push_back(Arc::clone(&this));
            drive.current.clone()
        });
        match outer_segment {
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

/// Drops the innermost segments first, so that children end before their parent. The stack does not
/// grow with the depth.
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

/// Polls a segment, and the segments inside it that become due. This is a drive.
fn drive(first: &Arc<dyn Poller>) {
    DRIVE.set(Some(Drive { due: VecDeque::from([Arc::clone(first)]), current: None }));
    let _end = EndDrive;
    while let Some(segment) = in_drive(|drive| drive.due.pop_front()).flatten() {
        // Take the previous segment out of the drive, so that it is dropped while the drive is not
        // borrowed.
        let previous = in_drive(|drive| drive.current.replace(Arc::clone(&segment)));
        drop(previous);
        segment.poll();
        if !segment.is_ready() || Arc::ptr_eq(&segment, first) {
            continue;
        }
        // The outer run is polled next in this drive. Its task is woken only if it is not the task
        // of the outer segment. The tasks differ, for example, if a combinator polls several calls
        // concurrently.
        let outer = segment.outer();
        segment.wake(outer.as_deref());
        in_drive(|drive| drive.due.extend(outer));
    }
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the outer run waits for the next item.
    fn want(self: &Arc<Self>, waker: &Waker, outer: Option<&Arc<dyn Poller>>)
    where
        T: Send + 'static,
    {
        // Drop the old waker after the state is unlocked, because it can be the last reference to a
        // task.
        let _old_waker;
        {
            let mut state = self.state();
            state.wanted = true;
            _old_waker = state.waker.replace(waker.clone());
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

    /// Returns the result, if there is one. If the result is a panic, resumes the panic in the
    /// outer run.
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
            // Another thread is polling the stream. That poll may have missed the event that caused
            // this poll.
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
        // The segment may have been discarded while it was polled.
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
        if state.inner.len() >= state.prune_at {
            state.inner.retain(|inner| inner.strong_count() > 0);
            state.prune_at = 8.max(state.inner.len() * 2);
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
