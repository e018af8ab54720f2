//! Events between the runs that make them and the stream that yields them.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{self, Poll, Waker},
};

use runnable_core::{Interest, Listener, Run, RunEvent};

use crate::StreamEvent;

/// How many events may wait before the runs wait for the reader to take them. One poll of a chain
/// can make more: each step that is under way may add its own.
const ROOM: usize = 64;

/// Keeps events until the reader takes them.
///
/// Most runs are polled by the reader itself. Those in tasks of their own are not: so an event wakes
/// the reader, and a reader that takes an event wakes those who wait for room.
#[derive(Default)]
pub(crate) struct EventQueue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    events: VecDeque<StreamEvent>,
    /// The reader, while it waits for an event.
    reader: Option<Waker>,
    /// Runs that wait for room.
    waiting: Vec<Waker>,
    /// The reader has gone, so nothing is kept.
    closed: bool,
}

impl EventQueue {
    /// Takes the oldest event, and wakes the runs that wait for room if there is some again.
    pub(crate) fn pop(&self) -> Option<StreamEvent> {
        let mut state = self.state();
        let event = state.events.pop_front();
        let woken = match state.events.len() < ROOM {
            true => mem::take(&mut state.waiting),
            false => Vec::new(),
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        event
    }

    /// Takes the oldest event; if there is none, the next one wakes the reader.
    pub(crate) fn poll_pop(&self, cx: &task::Context<'_>) -> Poll<StreamEvent> {
        if let Some(event) = self.pop() {
            return Poll::Ready(event);
        }
        let mut state = self.state();
        // Asked again under the lock: one may have come from another thread.
        match state.events.pop_front() {
            Some(event) => Poll::Ready(event),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// The reader has been polled: until it waits again, events need not wake it.
    pub(crate) fn reader_is_awake(&self) {
        self.state().reader = None;
    }

    /// The reader is gone: drops all events, keeps no further ones, and frees the runs that wait.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        let closed = State { closed: true, ..State::default() };
        let State { events, waiting, reader, .. } = mem::replace(&mut *state, closed);
        drop(state);
        drop((events, reader));
        waiting.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[deny(clippy::missing_trait_methods)]
impl Listener for EventQueue {
    /// Nothing is made for a run that starts when the reader is gone.
    fn interest(&self, _: &Run) -> Option<Interest> {
        (!self.state().closed).then(Interest::everything)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        if self.state().closed {
            return;
        }
        // Made outside of the lock: a large value takes a while.
        let Some(event) = StreamEvent::from_run_event(event) else { return };
        let mut state = self.state();
        if state.closed {
            return;
        }
        state.events.push_back(event);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.closed || state.events.len() < ROOM {
            return Poll::Ready(());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
