//! The queue between the runs that produce events and the stream that yields them.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{self, Poll, Waker},
};

use runnable_core::{Interest, Listener, Run, RunEvent};

use crate::StreamEvent;

/// The number of queued events at which runs start to wait for the reader. The queue can grow
/// beyond this number, because a single poll of a chain can produce an event for each running step.
const ROOM: usize = 64;

/// A queue of events between the runs and the reader of the stream.
///
/// The reader polls most runs itself. Runs in spawned tasks are polled by their tasks. The events
/// of these runs wake the reader, and the reader wakes the tasks that wait for room in the queue.
#[derive(Default)]
pub(crate) struct EventQueue {
    state: Mutex<State>,
    /// The number of events in the queue, stored separately so that it can be read without the
    /// lock.
    len: AtomicUsize,
    /// Whether the queue is closed, so that events are discarded. It is set under the lock.
    closed: AtomicBool,
}

#[derive(Default)]
struct State {
    events: VecDeque<StreamEvent>,
    /// The waker of the reader, while the reader waits for an event.
    reader: Option<Waker>,
    /// The wakers of runs that wait for room in the queue.
    waiting: Vec<Waker>,
}

impl EventQueue {
    /// Removes the oldest event. Wakes the waiting runs if there is room in the queue.
    pub(crate) fn pop(&self) -> Option<StreamEvent> {
        if self.len.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut state = self.state();
        let event = self.take_from(&mut state);
        let woken =
            if state.events.len() < ROOM { mem::take(&mut state.waiting) } else { Vec::new() };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        event
    }

    /// Removes the oldest event. If the queue is empty, the next event will wake the reader.
    pub(crate) fn poll_pop(&self, cx: &task::Context<'_>) -> Poll<StreamEvent> {
        if let Some(event) = self.pop() {
            return Poll::Ready(event);
        }
        let mut state = self.state();
        // Check again under the lock, because another thread may have added an event since `pop`.
        match self.take_from(&mut state) {
            Some(event) => Poll::Ready(event),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Removes the reader's waker, because a reader that is being polled need not be woken.
    pub(crate) fn reader_is_awake(&self) {
        self.state().reader = None;
    }

    /// Closes the queue, because the reader is dropped or the call has ended. Discards all queued
    /// and later events, and wakes the runs that wait for room.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        let State { events, waiting, reader } = mem::take(&mut *state);
        self.len.store(0, Ordering::Release);
        self.closed.store(true, Ordering::Release);
        drop(state);
        drop((events, reader));
        waiting.into_iter().for_each(Waker::wake);
    }

    fn take_from(&self, state: &mut State) -> Option<StreamEvent> {
        let event = state.events.pop_front();
        self.len.store(state.events.len(), Ordering::Release);
        event
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[deny(clippy::missing_trait_methods)]
impl Listener for EventQueue {
    /// Returns `None` if the queue is closed. Runs that start later then create no events.
    fn interest(&self, _: &Run) -> Option<Interest> {
        (!self.is_closed()).then(Interest::everything)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        if self.is_closed() {
            return;
        }
        // Convert the event before taking the lock, because serializing a large value is slow.
        let Some(event) = StreamEvent::from_run_event(event) else { return };
        let mut state = self.state();
        // Check again under the lock, because the queue may have been closed meanwhile.
        if self.is_closed() {
            return;
        }
        state.events.push_back(event);
        self.len.store(state.events.len(), Ordering::Release);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        if self.len.load(Ordering::Acquire) < ROOM {
            return Poll::Ready(());
        }
        let mut state = self.state();
        if self.is_closed() || state.events.len() < ROOM {
            return Poll::Ready(());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn poll_run(&self, _: &Run, cx: &mut task::Context<'_>) -> Poll<()> {
        self.poll_ready(cx)
    }

    fn around_poll(&self, _: &Run, poll: &mut dyn FnMut()) {
        poll();
    }

    fn propagate(&self, _: &Run, _: &mut dyn FnMut(&str, &str)) {}
}
