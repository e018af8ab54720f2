//! Events between the chain that makes them and the stream that hands them out.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{self, Poll, Waker},
};

use runnable_core::{Listener, RunEvent};

use crate::Event;

/// How many events may wait before the chain waits for them to be taken. One poll of a chain can
/// make more: each step that is under way may add its own.
const ROOM: usize = 64;

/// Keeps the events of one poll of a chain until they are taken.
#[derive(Default)]
pub(crate) struct EventQueue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    events: VecDeque<Event>,
    /// Steps that wait for room.
    waiting: Vec<Waker>,
}

impl EventQueue {
    /// Takes the oldest event. When there is none left, whoever waits for room may go on.
    pub(crate) fn pop(&self) -> Option<Event> {
        let mut state = self.state();
        let event = state.events.pop_front();
        if event.is_none() {
            let waiting = mem::take(&mut state.waiting);
            drop(state);
            waiting.into_iter().for_each(Waker::wake);
        }
        event
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for EventQueue {
    fn on_event(&self, event: &RunEvent<'_>) {
        if let Some(event) = Event::of(event) {
            self.state().events.push_back(event);
        }
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.events.len() < ROOM {
            return Poll::Ready(());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
