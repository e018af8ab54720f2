//! [`Wakers`]: the tasks of all calls that share a request.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

/// The tasks of all calls that share a request. Waking it wakes all of them.
///
/// A request remembers only the task that polled it last. The call of that task may have been
/// dropped, or may not be polled, so each task must be woken.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    tasks: Mutex<HashMap<u64, Waker>>,
}

impl Wakers {
    /// Remembers the task of a call until the next wake.
    pub(super) fn insert(&self, call: u64, task: &Waker) {
        let previous = self.tasks().insert(call, task.clone());
        // A waker can run code when it is dropped, so the lock is not held at this point.
        drop(previous);
    }

    pub(super) fn remove(&self, call: u64) {
        let previous = self.tasks().remove(&call);
        drop(previous);
    }

    pub(super) fn wake_all(&self) {
        let tasks = mem::take(&mut *self.tasks());
        tasks.into_values().for_each(Waker::wake);
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<u64, Waker>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}
