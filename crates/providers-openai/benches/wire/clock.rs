//! Clocks.

use std::time::{Duration, Instant};

use runnable_core::Result;

/// The time that something took.
pub(crate) struct Spent {
    /// Of this process alone, where the system counts it.
    pub(crate) own: Duration,
    /// By the clock on the wall.
    pub(crate) wall: Duration,
}

/// Runs something, and says what it took.
pub(crate) async fn measure<T>(work: impl Future<Output = Result<T>>) -> Result<(Spent, T)> {
    let (wall, own) = (Instant::now(), own_time());
    let done = work.await?;
    let wall = wall.elapsed();
    let own = own_time().zip(own).map_or(wall, |(now, then)| now.saturating_sub(then));
    Ok((Spent { own, wall }, done))
}

/// What [`Spent::own`] is.
pub(crate) const WHAT: &str = if cfg!(unix) { "CPU time" } else { "time" };

/// What all threads of this process have spent so far.
#[cfg(unix)]
fn own_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};

    clock_gettime(ClockId::ProcessCPUTime).try_into().ok()
}

#[cfg(not(unix))]
fn own_time() -> Option<Duration> {
    None
}
