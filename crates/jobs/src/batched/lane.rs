//! [`Lane`]: the part of a queue that belongs to one model.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use runnable_chat::{
    AiMessage,
    batch_api::{BatchApi, BatchRequest},
    model::ChatRequest,
};
use runnable_core::{Error, ErrorKind, Result};
use tokio::sync::Notify;

use super::{batch_queue::Settings, driver::drive, driver_task::DriverTask, lane_state::LaneState};
use crate::{journal::Journal, records::Digest};

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

    /// Waits for the answer to a request. `key` is everything that the model sees of it, if the
    /// provider knows it.
    pub(super) async fn call(
        self: Arc<Self>,
        key: Option<Vec<u8>>,
        request: ChatRequest,
    ) -> Result<AiMessage> {
        let digest = match key {
            Some(key) => Digest::of(&key),
            None => Digest::of_value(&(&self.name, &request.prompt, &request.options))
                .map_err(|error| Error::wrap(ErrorKind::InvalidInput, error))?,
        };
        let ChatRequest { prompt, options, .. } = request;
        let (custom_id, answer) = {
            let request = |id| BatchRequest::new(id, prompt).options(options);
            let mut state = self.state();
            let arrived = state.arrive(digest, request);
            if !state.has_driver() {
                state.generation += 1;
                let driver = drive(Arc::clone(&self), state.generation).boxed();
                state.set_driver(DriverTask::start(driver));
            }
            arrived
        };
        self.arrival.notify_one();
        let place = Place { lane: &self, custom_id };
        let answer = answer.await;
        drop(place);
        answer.unwrap_or_else(|_| {
            let message = "the queue of the Batch API has ended; call the model again";
            Err(Error::new(ErrorKind::Unavailable, message))
        })
    }
}

/// The place of a call in the queue, until the value is dropped.
struct Place<'a> {
    lane: &'a Lane,
    custom_id: String,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let driver = self.lane.state().leave(&self.custom_id);
        // The driver locks the state, which must not be locked here.
        if let Some(driver) = driver {
            driver.stop();
        }
    }
}
