//! A clock that measures work, and not the one who reads what comes of it.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{self, Poll, Wake, Waker},
    time::Duration,
};

use futures_util::{FutureExt, task::AtomicWaker};
use tokio::time::{Instant, Sleep, sleep_until};

/// Measures how long a future or a stream works.
///
/// The clock runs while the work is polled, and while it waits for something after that. It stands
/// from when the work has given something, or has been woken, until it is polled again: that time is
/// its reader's. So the work is polled with a waker of the stopwatch's own.
pub(crate) struct Stopwatch {
    watch: Arc<Watch>,
    waker: Waker,
    /// Set when the work first waits: most of it never meets a timer.
    timer: Option<Pin<Box<Sleep>>>,
}

struct Watch {
    time: Mutex<Time>,
    reader: AtomicWaker,
}

#[derive(Clone, Copy, Default)]
struct Time {
    /// The time of the work until the clock last stopped.
    spent: Duration,
    /// Since when the clock runs; `None` while it stands.
    since: Option<Instant>,
    polling: bool,
    /// Whether the work was woken while it was polled.
    woken: bool,
}

impl Stopwatch {
    pub(crate) fn new() -> Self {
        let watch = Arc::new(Watch { time: Mutex::default(), reader: AtomicWaker::new() });
        Self { waker: Waker::from(Arc::clone(&watch)), watch, timer: None }
    }

    /// Polls the work while the clock runs.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut task::Context<'_>,
        work: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.watch.reader.register(cx.waker());
        {
            let mut time = self.watch.time();
            time.since.get_or_insert_with(Instant::now);
            (time.polling, time.woken) = (true, false);
        }
        let poll = work(&mut task::Context::from_waker(&self.waker));
        let mut time = self.watch.time();
        time.polling = false;
        if poll.is_ready() || time.woken {
            time.stop();
        }
        poll
    }

    /// The time of the work so far.
    pub(crate) fn spent(&self) -> Duration {
        let time = self.watch.time();
        time.spent.saturating_add(time.since.map(|since| since.elapsed()).unwrap_or_default())
    }

    /// Wakes the reader when the work will have taken so long if it goes on.
    pub(crate) fn wake_after(&mut self, limit: Duration, cx: &mut task::Context<'_>) {
        let Time { spent, since, .. } = *self.watch.time();
        let Some(at) = since.and_then(|since| since.checked_add(limit.saturating_sub(spent)))
        else {
            return;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        // By the reader's waker, so that the timer does not stop the clock.
        if timer.poll_unpin(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

impl Watch {
    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Time {
    fn stop(&mut self) {
        if let Some(since) = self.since.take() {
            self.spent = self.spent.saturating_add(since.elapsed());
        }
    }
}

impl Wake for Watch {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        {
            let mut time = self.time();
            match time.polling {
                true => time.woken = true,
                false => time.stop(),
            }
        }
        self.reader.wake();
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopwatch").field("spent", &self.spent()).finish_non_exhaustive()
    }
}
