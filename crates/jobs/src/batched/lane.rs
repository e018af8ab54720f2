//! [`Lane`]: the part of a queue that belongs to one model.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runnable_chat::batch_api::BatchApi;
use tokio::sync::Notify;

use super::{lane_state::LaneState, settings::Settings};
use crate::journal::Journal;

/// The part of a queue that belongs to one model.
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) api: BatchApi,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) settings: Settings,
    state: Mutex<LaneState>,
    /// Wakes the driver when a call arrives.
    pub(super) arrival: Notify,
}

impl Lane {
    pub(super) fn new(
        name: String,
        api: BatchApi,
        journal: Arc<dyn Journal>,
        settings: Settings,
    ) -> Self {
        let (state, arrival) = (Mutex::default(), Notify::new());
        Self { name, api, journal, settings, state, arrival }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
