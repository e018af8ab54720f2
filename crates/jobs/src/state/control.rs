//! [`Control`]: what the handles of a job have asked for.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    task,
};

use futures_util::task::AtomicWaker;
use runnable_core::CancellationToken;

/// What the handles of a job have asked for.
#[derive(Debug, Default)]
pub(crate) struct Control {
    paused: AtomicBool,
    /// Cancelled when the job takes no new items any more.
    stopping: CancellationToken,
    waker: AtomicWaker,
}

impl Control {
    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
        self.waker.wake();
    }

    pub(crate) fn stop(&self) {
        self.stopping.cancel();
        self.waker.wake();
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Completes when the job takes no new items any more.
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        self.stopping.clone().cancelled_owned()
    }

    /// Wakes the task of the job when something is asked for.
    pub(crate) fn register(&self, cx: &task::Context<'_>) {
        self.waker.register(cx.waker());
    }
}
