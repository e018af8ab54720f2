//! [`CurrentItem`]: an item whose call is under way.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use runnable_chat::metering::UsageMeter;
use tokio::time::Instant;

use super::checkpoints::Checkpoints;
use crate::state::Control;

/// An item whose call is under way. It is a resource of the call, so that steps inside the chain
/// find it.
pub(crate) struct CurrentItem {
    pub(crate) index: u64,
    pub(crate) key: String,
    /// How often in a row the process has ended while this item ran.
    pub(crate) crashes: u32,
    /// How often the item was made pending again after it had failed, except for failures to fetch
    /// results.
    pub(crate) retries: u32,
    /// Whether the results of a batch with its last request could not be fetched.
    is_unfetched: AtomicBool,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) control: Arc<Control>,
    /// Sums the usage of this call.
    pub(crate) meter: UsageMeter,
    /// The time of the last attempt.
    time: Mutex<AttemptTime>,
    /// The number of attempts, with the attempts of earlier processes.
    attempts: AtomicU32,
    /// Whether the item waits for its next attempt.
    is_waiting: AtomicBool,
    /// Whether the item gave up its next attempt because the job stops.
    has_stopped: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
enum AttemptTime {
    /// The attempt is under way.
    Since(Instant),
    /// The attempt has ended, or none has begun.
    Took(Duration),
}

impl Default for AttemptTime {
    fn default() -> Self {
        Self::Took(Duration::ZERO)
    }
}

impl CurrentItem {
    pub(crate) fn new(
        index: u64,
        key: String,
        crashes: u32,
        attempts: u32,
        checkpoints: Checkpoints,
        control: Arc<Control>,
        meter: UsageMeter,
    ) -> Self {
        Self {
            index,
            key,
            crashes,
            retries: 0,
            is_unfetched: AtomicBool::new(false),
            checkpoints,
            control,
            meter,
            time: Mutex::default(),
            attempts: AtomicU32::new(attempts),
            is_waiting: AtomicBool::new(false),
            has_stopped: AtomicBool::new(false),
        }
    }

    pub(crate) fn with_retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    pub(crate) fn begin_attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        self.is_waiting.store(false, Ordering::Release);
        self.checkpoints.begin_attempt();
        *self.time() = AttemptTime::Since(Instant::now());
    }

    /// Records that an attempt has ended. If the item is retried, it waits from now on.
    pub(crate) fn end_attempt(&self) {
        let elapsed = self.elapsed();
        *self.time() = AttemptTime::Took(elapsed);
        self.is_waiting.store(true, Ordering::Release);
    }

    /// Returns how long the last attempt took, or has taken so far.
    pub(crate) fn elapsed(&self) -> Duration {
        match *self.time() {
            AttemptTime::Since(begin) => begin.elapsed(),
            AttemptTime::Took(elapsed) => elapsed,
        }
    }

    fn time(&self) -> MutexGuard<'_, AttemptTime> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_unfetched(&self, is_unfetched: bool) {
        self.is_unfetched.store(is_unfetched, Ordering::Relaxed);
    }

    pub(crate) fn is_unfetched(&self) -> bool {
        self.is_unfetched.load(Ordering::Relaxed)
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Acquire)
    }

    pub(crate) fn stop(&self) {
        self.has_stopped.store(true, Ordering::Release);
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.has_stopped.load(Ordering::Acquire)
    }
}
