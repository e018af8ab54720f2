//! For how long a thread has waited for a processor, although it could have run.
//!
//! Linux counts this time for each thread. On other systems, the time is unknown, and the functions
//! return zero.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// The age from which on a count is read again. Reading a count takes some microseconds, which is
/// too long for each poll.
const MAX_AGE: Duration = Duration::from_millis(50);

thread_local! {
    /// The last count of the thread, and when it was read.
    static LAST: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

/// Returns how long the thread had waited at a time shortly before `now`.
pub(super) fn recent(now: Instant) -> Duration {
    match LAST.get() {
        Some((read, waited)) if now.saturating_duration_since(read) < MAX_AGE => waited,
        _ => {
            let waited = current();
            LAST.set(Some((now, waited)));
            waited
        }
    }
}

/// Returns how long the thread has waited until now.
pub(super) fn current() -> Duration {
    if !cfg!(target_os = "linux") {
        return Duration::ZERO;
    }
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    waited_in(&counts).unwrap_or_default()
}

/// Reads the second number of `schedstat`: the nanoseconds that the thread has waited. See
/// <https://docs.kernel.org/scheduler/sched-stats.html>.
fn waited_in(counts: &str) -> Option<Duration> {
    let nanoseconds = counts.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_second_number_is_the_time_that_a_thread_has_waited() {
        assert_eq!(waited_in("3123456 2891704 17\n"), Some(Duration::from_nanos(2_891_704)));
        assert_eq!(waited_in(""), None);
    }

    #[test]
    fn a_recent_count_is_not_read_again() {
        let start = Instant::now();
        let first = recent(start);
        LAST.set(Some((start, first + HOUR)));
        assert_eq!(recent(start + MAX_AGE / 2), first + HOUR);
        assert!(recent(start + MAX_AGE) < first + HOUR);
    }
}
