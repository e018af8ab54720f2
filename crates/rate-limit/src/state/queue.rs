//! [`Queue`]: the calls that wait, in the order in which they arrived.

use std::{collections::BTreeMap, task::Waker, time::Duration};

use tokio::time::Instant;

use crate::quantity::Tokens;

/// How long a call may leave its turn unused before the calls after it pass.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// The calls that wait, by their numbers. A later call has a higher number.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<u64, Waiter>,
    /// The calls that did not use their turn. They return to their place when they are polled.
    absent: BTreeMap<u64, Waiter>,
    last: u64,
}

#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) tokens: Tokens,
    pub(super) task: Option<Waker>,
    /// When the call was woken because it is its turn. `None` before that.
    pub(super) called_at: Option<Instant>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.absent.len()
    }

    /// Adds a call at the end, and returns its number.
    pub(super) fn push(&mut self, tokens: Tokens) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, Waiter { tokens, task: None, called_at: None });
        self.last
    }

    /// Puts a call back to its place if it was absent.
    pub(super) fn attend(&mut self, call: u64) {
        if let Some(waiter) = self.absent.remove(&call) {
            self.waiting.insert(call, Waiter { called_at: None, ..waiter });
        }
    }

    /// Lets the other calls pass the first call.
    pub(super) fn pass_first(&mut self) {
        if let Some((call, waiter)) = self.waiting.pop_first() {
            self.absent.insert(call, waiter);
        }
    }

    pub(super) fn first(&mut self) -> Option<(u64, &mut Waiter)> {
        self.waiting.iter_mut().next().map(|(call, waiter)| (*call, waiter))
    }

    pub(super) fn get(&mut self, call: u64) -> Option<&mut Waiter> {
        self.waiting.get_mut(&call)
    }

    /// Removes a call, and returns whether it was the first.
    pub(super) fn remove(&mut self, call: u64) -> bool {
        let is_first = self.waiting.first_key_value().is_some_and(|(first, _)| *first == call);
        self.waiting.remove(&call);
        self.absent.remove(&call);
        is_first
    }

    /// Returns the task of the first call, to be woken after the lock is released.
    pub(super) fn first_task(&mut self) -> Option<Waker> {
        self.first().and_then(|(_, waiter)| waiter.task.take())
    }
}
