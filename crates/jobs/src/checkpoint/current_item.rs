//! [`CurrentItem`]: an item whose call is under way.

use std::{
    sync::{
        Arc, OnceLock,
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
    pub(crate) checkpoints: Checkpoints,
    pub(crate) control: Arc<Control>,
    /// Sums the usage of this call.
    pub(crate) meter: UsageMeter,
    /// When the call began, and how long it took.
    begin: OnceLock<Instant>,
    elapsed: OnceLock<Duration>,
    /// The number of attempts, with the attempts of earlier processes.
    attempts: AtomicU32,
    /// Whether the item waits for its next attempt.
    is_waiting: AtomicBool,
    /// Whether the item gave up its next attempt because the job stops.
    has_stopped: AtomicBool,
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
            checkpoints,
            control,
            meter,
            begin: OnceLock::new(),
            elapsed: OnceLock::new(),
            attempts: AtomicU32::new(attempts),
            is_waiting: AtomicBool::new(false),
            has_stopped: AtomicBool::new(false),
        }
    }

    /// Records that the call begins.
    pub(crate) fn begin(&self) {
        self.begin.get_or_init(Instant::now);
    }

    /// Records that the call has ended.
    pub(crate) fn end(&self) {
        let begin = self.begin.get();
        self.elapsed.get_or_init(|| begin.map(Instant::elapsed).unwrap_or_default());
    }

    /// Returns how long the call took.
    pub(crate) fn elapsed(&self) -> Duration {
        self.elapsed.get().copied().unwrap_or_default()
    }

    pub(crate) fn begin_attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        self.is_waiting.store(false, Ordering::Release);
        self.checkpoints.begin_attempt();
    }

    /// Records that an attempt has failed.
    pub(crate) fn end_attempt(&self) {
        self.is_waiting.store(true, Ordering::Release);
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
