//! [`LaneState`]: the calls that wait for the batches of a model.

use std::collections::{BTreeSet, HashMap};

use runnable_chat::{
    AiMessage,
    batch_api::{BatchAnswer, BatchRequest},
};
use runnable_core::{Error, Result};
use tokio::{sync::oneshot, time::Instant};

use super::{driver_task::DriverTask, failure::Failure, pace::Pace, stored_part::StoredPart};
use crate::records::Digest;

/// The result of a request, or the error why there is none. In the latter case, a repeated call has
/// the same custom ID.
pub(super) type Fetched = Result<Result<AiMessage>>;

/// The calls that wait for the batches of a model.
#[derive(Default)]
pub(super) struct LaneState {
    /// How often each request has arrived in this process.
    arrivals: HashMap<Digest, u32>,
    /// The numbers of the requests whose results could not be fetched. The next calls with the same
    /// request get their custom IDs, so that they find their batches.
    unfetched: HashMap<Digest, BTreeSet<u32>>,
    /// The waiting calls, by the custom IDs of their requests.
    waiting: HashMap<String, oneshot::Sender<Fetched>>,
    /// Requests that the driver has not seen yet.
    arrived: Vec<BatchRequest>,
    /// Requests that wait for the next batch.
    pending: Vec<BatchRequest>,
    /// When the last request arrived.
    last_arrival: Option<Instant>,
    /// The parts that were found in the journal. A part is taken when its results are requested.
    stored: Vec<Option<StoredPart>>,
    /// The positions of the stored parts, by custom ID.
    positions: HashMap<String, usize>,
    /// Answers for which no call has waited yet.
    unclaimed: HashMap<String, Result<AiMessage>>,
    pub(super) pace: Pace,
    driver: Option<DriverTask>,
    /// The number of drivers that were started. Only the last of them may change the state.
    pub(super) generation: u64,
}

impl LaneState {
    /// Adds a call. Returns its custom ID, and the receiver of its answer.
    pub(super) fn arrive(
        &mut self,
        digest: Digest,
        request: impl FnOnce(String) -> BatchRequest,
    ) -> (String, oneshot::Receiver<Fetched>) {
        let number = self.number(digest);
        // The same request gets the same IDs in each process, in the order of its calls.
        let custom_id = format!("{:032x}-{number}", digest.0);
        let (sender, receiver) = oneshot::channel();
        self.waiting.insert(custom_id.clone(), sender);
        self.arrived.push(request(custom_id.clone()));
        self.last_arrival = Some(Instant::now());
        (custom_id, receiver)
    }

    /// Returns the number for a new call with a request.
    fn number(&mut self, digest: Digest) -> u32 {
        if let Some(numbers) = self.unfetched.get_mut(&digest) {
            let number = numbers.pop_first();
            if numbers.is_empty() {
                self.unfetched.remove(&digest);
            }
            if let Some(number) = number {
                return number;
            }
        }
        let arrivals = self.arrivals.entry(digest).or_default();
        *arrivals += 1;
        *arrivals - 1
    }

    /// Removes a call. If it was the last one, returns the driver, which must be stopped.
    pub(super) fn leave(&mut self, custom_id: &str) -> Option<DriverTask> {
        self.waiting.remove(custom_id);
        if !self.waiting.is_empty() {
            return None;
        }
        let driver = self.driver.take();
        self.end();
        driver
    }

    pub(super) fn has_driver(&self) -> bool {
        self.driver.as_ref().is_some_and(DriverTask::is_running)
    }

    pub(super) fn set_driver(&mut self, driver: DriverTask) {
        self.driver = Some(driver);
    }

    /// Sets the parts that are in the journal.
    pub(super) fn set_stored(&mut self, parts: Vec<StoredPart>) {
        self.positions.clear();
        self.stored.clear();
        self.add_stored(parts);
    }

    /// Adds parts, which replace earlier parts with the same requests.
    fn add_stored(&mut self, parts: Vec<StoredPart>) {
        for stored in parts {
            let ids = stored.part.custom_ids.iter().cloned();
            self.positions.extend(ids.map(|id| (id, self.stored.len())));
            self.stored.push(Some(stored));
        }
    }

    /// Sorts the requests that have arrived: those of a stored part wait for it, and all others for
    /// the next batch. Returns the stored parts whose results are now needed.
    pub(super) fn sort(&mut self) -> Vec<StoredPart> {
        let mut needed = Vec::new();
        for request in std::mem::take(&mut self.arrived) {
            if let Some(answer) = self.unclaimed.remove(&request.custom_id) {
                self.deliver(BatchAnswer::new(request.custom_id, answer));
                continue;
            }
            match self.positions.get(&request.custom_id) {
                None => self.pending.push(request),
                Some(position) => needed.extend(self.stored[*position].take()),
            }
        }
        needed
    }

    /// Returns the number of calls that wait for the next batch, and when the last call arrived.
    pub(super) fn pending(&self) -> (usize, Option<Instant>) {
        (self.pending.len(), self.last_arrival.filter(|_| !self.pending.is_empty()))
    }

    /// Returns the requests of the next batch: those whose calls still wait.
    pub(super) fn take_pending(&mut self) -> Vec<BatchRequest> {
        let mut requests = std::mem::take(&mut self.pending);
        requests.retain(|request| self.waiting.contains_key(&request.custom_id));
        self.pending = requests.split_off(requests.len().min(self.pace.limit()));
        if !requests.is_empty() {
            self.pace.submitted();
        }
        requests
    }

    /// Passes an answer to its call, or keeps it until the call arrives. An answer whose call has
    /// already ended is not needed.
    pub(super) fn deliver(&mut self, answer: BatchAnswer) {
        let BatchAnswer { custom_id, result, .. } = answer;
        match self.waiting.remove(&custom_id) {
            // If the receiver was dropped, its call needs no answer.
            Some(call) => _ = call.send(Ok(result)),
            None if self.has_ended(&custom_id) => {}
            None => _ = self.unclaimed.insert(custom_id, result),
        }
    }

    /// Returns whether the call with this custom ID was made in this process, and does not come
    /// again.
    fn has_ended(&self, custom_id: &str) -> bool {
        parsed(custom_id).is_some_and(|(digest, number)| {
            let comes_again = self.unfetched.get(&digest).is_some_and(|it| it.contains(&number));
            let arrivals = self.arrivals.get(&digest);
            !comes_again && arrivals.is_some_and(|arrivals| number < *arrivals)
        })
    }

    /// Passes an error to the calls whose results could not be fetched.
    pub(super) fn fail(&mut self, Failure { custom_ids, error, parts }: Failure) {
        for custom_id in custom_ids {
            if let Some(call) = self.waiting.remove(&custom_id) {
                if let Some((digest, number)) = parsed(&custom_id) {
                    self.unfetched.entry(digest).or_default().insert(number);
                }
                _ = call.send(Err(error.clone()));
            }
        }
        self.add_stored(parts);
    }

    /// Passes an error to all calls, because the driver ends.
    pub(super) fn fail_all(&mut self, error: &Error) {
        let custom_ids = self.waiting.keys().cloned().collect();
        self.fail(Failure { custom_ids, error: error.clone(), parts: Vec::new() });
        self.end();
    }

    /// Removes all calls, because the driver ends. The next call starts another driver.
    pub(super) fn end(&mut self) {
        self.driver = None;
        self.waiting.clear();
        self.arrived.clear();
        self.pending.clear();
    }
}

/// Returns the digest and the number that a custom ID consists of.
fn parsed(custom_id: &str) -> Option<(Digest, u32)> {
    let (digest, number) = custom_id.split_once('-')?;
    Some((Digest(u128::from_str_radix(digest, 16).ok()?), number.parse().ok()?))
}
