//! [`CurrentItem`]: an item whose call is under way.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

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
    ) -> Self {
        let (is_waiting, has_stopped) = Default::default();
        let attempts = AtomicU32::new(attempts);
        Self { index, key, crashes, checkpoints, control, attempts, is_waiting, has_stopped }
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
