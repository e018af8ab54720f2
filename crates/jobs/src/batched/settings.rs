//! [`Settings`]: the settings of a queue.

use std::{sync::Arc, time::Duration};

use runnable_chat::batch_api::BatchPolling;
use runnable_core::Error;

/// The settings of a queue.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) max_requests: usize,
    pub(super) quiet_time: Duration,
    pub(super) polling: BatchPolling,
    /// Decides which errors lead to a live call.
    pub(super) falls_back: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}
