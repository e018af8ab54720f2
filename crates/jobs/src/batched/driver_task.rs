//! [`DriverTask`]: the task of a driver, which ends when no call waits.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::task::AbortHandle;

/// The future of a driver. `None` after its end.
type Slot = Arc<Mutex<Option<BoxFuture<'static, ()>>>>;

/// The task of a driver.
///
/// A task that is aborted keeps its future until the runtime has time. The future of a driver holds
/// the journal, and the caller may want to open its folder again at once. So the future is in a
/// slot, from which [`stop`](Self::stop) removes it.
pub(super) struct DriverTask {
    slot: Slot,
    task: AbortHandle,
}

impl DriverTask {
    /// Starts the task of a driver.
    pub(super) fn start(driver: BoxFuture<'static, ()>) -> Self {
        let slot: Slot = Arc::new(Mutex::new(Some(driver)));
        let polled = Arc::clone(&slot);
        let task = tokio::spawn(poll_fn(move |cx| {
            let mut driver = polled.lock().unwrap_or_else(PoisonError::into_inner);
            match driver.as_mut() {
                Some(future) => future.poll_unpin(cx),
                None => Poll::Ready(()),
            }
        }));
        Self { slot, task: task.abort_handle() }
    }

    pub(super) fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    /// Ends the driver. Its future is dropped before this method returns.
    pub(super) fn stop(self) {
        let driver = self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(driver);
        self.task.abort();
    }
}
