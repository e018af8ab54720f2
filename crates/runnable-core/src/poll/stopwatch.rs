//! [`Stopwatch`]: measures how long a future or stream works, without the time of its reader.

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
/// The clock runs while the work is polled, and while the work then waits for something. The clock
/// stops when the work is ready or has been woken. It runs again from the next poll on. The time in
/// between belongs to the reader. The work is polled with a waker of the stopwatch, so that the
/// stopwatch knows when the work is woken.
pub(crate) struct Stopwatch {
    watch: Arc<Watch>,
    waker: Waker,
    /// The timer. It is created when the work first waits, because most work never needs a timer.
    timer: Option<Pin<Box<Sleep>>>,
}

struct Watch {
    time: Mutex<Time>,
    reader: AtomicWaker,
}

#[derive(Clone, Copy, Default)]
struct Time {
    /// The working time until the clock last stopped.
    spent: Duration,
    /// The time at which the clock last started. `None` while the clock is stopped.
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

    /// Returns the working time so far.
    pub(crate) fn spent(&self) -> Duration {
        let time = self.watch.time();
        time.spent.saturating_add(time.since.map(|since| since.elapsed()).unwrap_or_default())
    }

    /// Wakes the reader when the working time reaches `limit`, if the work still waits then.
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
        // Use the waker of the reader, so that the timer does not stop the clock.
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
            if time.polling { time.woken = true } else { time.stop() }
        }
        self.reader.wake();
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopwatch").field("spent", &self.spent()).finish_non_exhaustive()
    }
}
