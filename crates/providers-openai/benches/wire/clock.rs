//! Measures the time that a function takes.

use std::time::{Duration, Instant};

use runnable_core::Result;

/// The time that a function took.
pub(crate) struct Spent {
    /// The CPU time of this process, or the elapsed time if the system does not report the CPU
    /// time.
    pub(crate) own: Duration,
    /// The elapsed time.
    pub(crate) wall: Duration,
}

/// Runs a function, and returns the time that it took.
pub(crate) async fn measure<T>(work: impl Future<Output = Result<T>>) -> Result<(Spent, T)> {
    let (wall, own) = (Instant::now(), own_time());
    let done = work.await?;
    let wall = wall.elapsed();
    let own = own_time().zip(own).map_or(wall, |(now, then)| now.saturating_sub(then));
    Ok((Spent { own, wall }, done))
}

/// A description of [`Spent::own`].
pub(crate) const WHAT: &str = if cfg!(unix) { "CPU time" } else { "time" };

/// Returns the CPU time of all threads of this process so far.
#[cfg(unix)]
fn own_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};

    clock_gettime(ClockId::ProcessCPUTime).try_into().ok()
}

#[cfg(not(unix))]
fn own_time() -> Option<Duration> {
    None
}
