//! Measures for how long polls block their thread.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// The time from which on a poll blocks its thread.
///
/// A poll should take less than a millisecond. The limit is much higher, so that a busy machine,
/// which pauses threads for some tens of milliseconds, is not reported.
const LIMIT: Duration = Duration::from_millis(200);

thread_local! {
    /// The time for which polls inside the current poll have blocked the thread.
    static INSIDE: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Polls, and returns for how long the poll has blocked the thread, if it was long.
///
/// Polls are nested like runs. The time of a poll inside this poll that has blocked the thread is
/// not included, so only the run that is responsible is reported.
pub(crate) fn measured<T>(poll: impl FnOnce() -> T) -> (T, Option<Duration>) {
    measured_with(Instant::now, poll)
}

/// Does the same with another clock.
fn measured_with<T>(now: impl Fn() -> Instant, poll: impl FnOnce() -> T) -> (T, Option<Duration>) {
    let before = INSIDE.replace(Duration::ZERO);
    let start = now();
    let result = poll();
    let own = now().saturating_duration_since(start).saturating_sub(INSIDE.get());
    let blocked = Some(own).filter(|own| *own >= LIMIT);
    let inside = INSIDE.get().saturating_add(blocked.unwrap_or_default());
    INSIDE.set(before.saturating_add(inside));
    (result, blocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_innermost_poll_that_blocks_is_reported() {
        let clock = Cell::new(Instant::now());
        let now = || clock.get();
        let work = |milliseconds| clock.set(clock.get() + Duration::from_millis(milliseconds));
        let ms = |milliseconds| Some(Duration::from_millis(milliseconds));

        assert_eq!(measured_with(now, || work(199)).1, None);
        assert_eq!(measured_with(now, || work(200)).1, ms(200));
        let outer = measured_with(now, || {
            work(50);
            let first = measured_with(now, || work(300)).1;
            let second = measured_with(now, || work(100)).1;
            (first, second)
        });
        assert_eq!(outer, ((ms(300), None), None));
        let outer = measured_with(now, || {
            work(150);
            let inner = measured_with(now, || measured_with(now, || work(400)).1);
            work(150);
            inner
        });
        assert_eq!(outer, ((ms(400), None), ms(300)));
    }
}
