//! [`Stopwatch`]: measures how long a future or stream works, without the time of its reader and of
//! its listeners.

use std::{
    fmt, iter,
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
///
/// The clock also stops while a listener holds a run of the work (see [`Hold`]). That run can be in
/// another task, for which the work waits.
pub(crate) struct Stopwatch {
    clock: Arc<WorkClock>,
    waker: Waker,
    /// The timer. It is created when the work first waits, because most work never needs a timer.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The clock of a stopwatch. The runs inside the work know it, so that they can stop it.
pub(crate) struct WorkClock {
    time: Mutex<Time>,
    reader: AtomicWaker,
    /// The clock of the stopwatch that measures the enclosing work.
    outer: Option<Arc<Self>>,
}

#[derive(Clone, Copy, Default)]
struct Time {
    /// The working time until the clock last stopped.
    spent: Duration,
    /// The time at which the clock last started. `None` while the clock is stopped.
    since: Option<Instant>,
    /// Whether the work is polled or waits for something.
    works: bool,
    /// The number of places in the work at which a listener holds a run.
    held: usize,
    polling: bool,
    /// Whether the work was woken while it was polled.
    woken: bool,
}

impl Stopwatch {
    pub(crate) fn new(clock: Arc<WorkClock>) -> Self {
        Self { waker: Waker::from(Arc::clone(&clock)), clock, timer: None }
    }

    /// Polls the work while the clock runs.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut task::Context<'_>,
        work: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.clock.reader.register(cx.waker());
        {
            let mut time = self.clock.time();
            time.start();
            (time.polling, time.woken) = (true, false);
        }
        let poll = work(&mut task::Context::from_waker(&self.waker));
        let mut time = self.clock.time();
        time.polling = false;
        if poll.is_ready() || time.woken {
            time.stop();
        }
        poll
    }

    /// Returns the working time so far.
    pub(crate) fn spent(&self) -> Duration {
        let time = self.clock.time();
        time.spent.saturating_add(time.since.map(|since| since.elapsed()).unwrap_or_default())
    }

    /// Wakes the reader when the working time reaches `limit`, if the work still waits then.
    pub(crate) fn wake_after(&mut self, limit: Duration, cx: &mut task::Context<'_>) {
        let Time { spent, since, .. } = *self.clock.time();
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

impl WorkClock {
    /// Creates a clock for work that may be part of the work of the clock `outer`.
    pub(crate) fn inside(outer: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { time: Mutex::default(), reader: AtomicWaker::new(), outer })
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns this clock and the clocks of the enclosing work.
    fn and_outer(&self) -> impl Iterator<Item = &Self> {
        iter::successors(Some(self), |clock| clock.outer.as_deref())
    }
}

impl Time {
    /// Starts the clock, unless it runs or a listener holds a run of the work.
    fn start(&mut self) {
        self.works = true;
        if self.held == 0 {
            self.since.get_or_insert_with(Instant::now);
        }
    }

    fn stop(&mut self) {
        self.works = false;
        self.pause();
    }

    fn pause(&mut self) {
        if let Some(since) = self.since.take() {
            self.spent = self.spent.saturating_add(since.elapsed());
        }
    }
}

impl Wake for WorkClock {
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

/// Stops the clocks around a run while a listener holds the run. Otherwise, a slow listener, such
/// as the reader of an event stream, would use up the time limits.
///
/// Each place that waits for listeners has its own value. Dropping it releases the clocks.
#[derive(Default)]
pub(crate) struct Hold {
    /// The clock of the nearest stopwatch, while it is held.
    held: Option<Arc<WorkClock>>,
}

impl Hold {
    /// Records whether a listener holds the run. `clock` is the clock of the nearest stopwatch that
    /// measures the run, if there is one.
    pub(crate) fn set(&mut self, is_held: bool, clock: Option<&Arc<WorkClock>>) {
        if !is_held {
            self.release();
        } else if let (None, Some(clock)) = (&self.held, clock) {
            for clock in clock.and_outer() {
                let mut time = clock.time();
                time.held += 1;
                time.pause();
            }
            self.held = Some(Arc::clone(clock));
        }
    }

    fn release(&mut self) {
        let Some(held) = self.held.take() else { return };
        for clock in held.and_outer() {
            let mut time = clock.time();
            time.held -= 1;
            if time.held > 0 || !time.works {
                continue;
            }
            time.start();
            // The timer has to be set for the rest of the time. A poll that is in progress sets it.
            let is_waiting = !time.polling;
            drop(time);
            if is_waiting {
                clock.reader.wake();
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.release();
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopwatch").field("spent", &self.spent()).finish_non_exhaustive()
    }
}
