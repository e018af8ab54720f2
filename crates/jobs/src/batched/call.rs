//! A call that waits in a queue.

use std::sync::Arc;

use futures_util::FutureExt;
use runnable_chat::{batch_api::BatchRequest, model::ChatRequest};
use runnable_core::{Error, ErrorKind};

use super::{driver::drive, driver_task::DriverTask, lane::Lane, lane_state::Fetched};
use crate::records::Digest;

/// Waits for the answer to a request, or returns the error why there is no result.
///
/// `key` is everything that the model sees of the request, if the provider knows it. `retries` is how
/// often the failed item of a job was retried: its request must not find the batch in which it has
/// failed.
pub(super) async fn call(
    lane: Arc<Lane>,
    key: Option<Vec<u8>>,
    retries: u32,
    request: ChatRequest,
) -> Fetched {
    let digest = match key {
        Some(key) => Digest::of(&key),
        None => Digest::of_value(&(&lane.name, &request.prompt, &request.options))
            .map_err(|error| Error::wrap(ErrorKind::InvalidInput, error))?,
    };
    let digest = match retries {
        0 => digest,
        _ => Digest::of(format!("{:032x}/{retries}", digest.0).as_bytes()),
    };
    let ChatRequest { prompt, options, .. } = request;
    let (custom_id, answer) = {
        let request = |id| BatchRequest::new(id, prompt).options(options);
        let mut state = lane.state();
        let arrived = state.arrive(digest, request);
        if !state.has_driver() {
            state.generation += 1;
            let driver = drive(Arc::clone(&lane), state.generation).boxed();
            state.set_driver(DriverTask::start(driver));
        }
        arrived
    };
    lane.arrival.notify_one();
    let place = Place { lane: &lane, custom_id };
    let answer = answer.await;
    drop(place);
    answer.unwrap_or_else(|_| {
        let message = "the queue of the Batch API has ended; call the model again";
        Err(Error::new(ErrorKind::Unavailable, message))
    })
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
