//! Wakes a task of a call that waits.

use std::task::Waker;

/// Wakes a task. Call it after the lock of the limiter was released, because waking can run code
/// that takes the lock.
pub(crate) fn wake(task: Option<Waker>) {
    if let Some(task) = task {
        task.wake();
    }
}
