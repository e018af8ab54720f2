//! Measures for how long polls block their thread.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use super::processor_wait;

/// The time from which on a poll blocks its thread. A poll should take less than a millisecond.
const LIMIT: Duration = Duration::from_millis(200);

thread_local! {
    /// The time for which polls inside the current poll have blocked the thread.
    static INSIDE: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Polls, and returns for how long the poll has blocked the thread, if it was long.
///
/// Polls are nested like runs. The time of a poll inside this poll that has blocked the thread is
/// not included, so only the run that is responsible is reported. The time for which the thread
/// waited for a processor is not included either, so that a busy machine is not reported.
pub(crate) fn measured<T>(poll: impl FnOnce() -> T) -> (T, Option<Duration>) {
    measured_with(Instant::now, processor_wait::recent, processor_wait::current, poll)
}

/// Does the same with other clocks. `recent_wait` and `current_wait` return for how long the thread
/// has waited for a processor so far; only the second has to be exact.
fn measured_with<T>(
    now: impl Fn() -> Instant,
    recent_wait: impl FnOnce(Instant) -> Duration,
    current_wait: impl FnOnce() -> Duration,
    poll: impl FnOnce() -> T,
) -> (T, Option<Duration>) {
    let before = INSIDE.replace(Duration::ZERO);
    let start = now();
    let wait_before = recent_wait(start);
    let result = poll();
    let inside = INSIDE.get();
    let own = now().saturating_duration_since(start).saturating_sub(inside);
    let blocked = Some(own)
        .filter(|own| *own >= LIMIT)
        .map(|own| own.saturating_sub(current_wait().saturating_sub(wait_before)))
        .filter(|own| *own >= LIMIT);
    INSIDE.set(before.saturating_add(inside).saturating_add(blocked.unwrap_or_default()));
    (result, blocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread that runs for as long as the test tells it to.
    struct Thread {
        now: Cell<Instant>,
        waited: Cell<Duration>,
    }

    impl Thread {
        fn new() -> Self {
            Self { now: Cell::new(Instant::now()), waited: Cell::default() }
        }

        fn work(&self, milliseconds: u64) {
            self.now.set(self.now.get() + Duration::from_millis(milliseconds));
        }

        fn wait_for_processor(&self, milliseconds: u64) {
            self.work(milliseconds);
            self.waited.set(self.waited.get() + Duration::from_millis(milliseconds));
        }

        fn poll<T>(&self, poll: impl FnOnce() -> T) -> (T, Option<Duration>) {
            let waited = || self.waited.get();
            measured_with(|| self.now.get(), |_| waited(), waited, poll)
        }
    }

    fn ms(milliseconds: u64) -> Option<Duration> {
        Some(Duration::from_millis(milliseconds))
    }

    #[test]
    fn only_the_innermost_poll_that_blocks_is_reported() {
        let thread = Thread::new();
        assert_eq!(thread.poll(|| thread.work(199)).1, None);
        assert_eq!(thread.poll(|| thread.work(200)).1, ms(200));
        let outer = thread.poll(|| {
            thread.work(50);
            let first = thread.poll(|| thread.work(300)).1;
            let second = thread.poll(|| thread.work(100)).1;
            (first, second)
        });
        assert_eq!(outer, ((ms(300), None), None));
        let outer = thread.poll(|| {
            thread.work(150);
            let inner = thread.poll(|| thread.poll(|| thread.work(400)).1);
            thread.work(150);
            inner
        });
        assert_eq!(outer, ((ms(400), None), ms(300)));
    }

    #[test]
    fn the_time_in_which_a_thread_waits_for_a_processor_does_not_count() {
        let thread = Thread::new();
        let busy = || {
            thread.work(150);
            thread.wait_for_processor(5000);
        };
        assert_eq!(thread.poll(busy).1, None);
        let outer = thread.poll(|| {
            let inner = thread.poll(|| {
                busy();
                thread.work(100);
            });
            thread.wait_for_processor(5000);
            inner.1
        });
        assert_eq!(outer, (ms(250), None));
    }
}
