//! [`Pace`]: how many requests a queue submits while the service accepts no larger batches.

use std::time::Duration;

use runnable_chat::batch_api::BatchError;
use runnable_core::Error;
use tokio::time::Instant;

/// The time between two batches that the service rejects.
const WAIT: Duration = Duration::from_secs(60);

/// Returns whether the service has rejected a batch because all batches in its queue together are too
/// large. OpenAI limits the tokens of all batches in its queue.
pub(super) fn is_queue_full(error: &Error) -> bool {
    error.is_transient() && matches!(error.downcast_ref(), Some(BatchError::Failed { .. }))
}

/// How many requests a queue submits while the service accepts no larger batches.
///
/// It is unknown how many requests the service accepts, and other programs may use the same queue of
/// the service. After a rejected batch, the next one is half as large. After an answered batch, the
/// next one is twice as large. Until the size is as large as before, one batch at a time is submitted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// The largest number of requests of a batch. `None` if the service accepts all batches.
    limit: Option<usize>,
    /// The earliest time of the next batch.
    next: Option<Instant>,
    /// Whether the last batch was not answered yet.
    is_trial: bool,
}

impl Pace {
    /// Records that a batch of this size was rejected. Several calls for one batch have the effect
    /// of one call.
    pub(super) fn rejected(&mut self, requests: usize) {
        let half = (requests / 2).max(1);
        self.limit = Some(self.limit.map_or(half, |limit| limit.min(half)));
        self.next = Some(Instant::now() + WAIT);
        self.is_trial = false;
    }

    /// Records that a request was answered. `most` is the largest batch that the queue submits.
    pub(super) fn answered(&mut self, most: usize) {
        if std::mem::take(&mut self.is_trial) {
            self.next = None;
            let doubled = self.limit.map(|limit| limit.saturating_mul(2));
            self.limit = doubled.filter(|limit| *limit < most);
        }
    }

    /// Records that a batch is submitted.
    pub(super) fn submitted(&mut self) {
        self.is_trial = self.limit.is_some();
    }

    /// Returns the largest number of requests of the next batch.
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }

    /// Returns when the next batch can be submitted. `is_idle` is whether no batch is at the service.
    pub(super) fn turn(&self, is_idle: bool) -> Turn {
        match (self.limit, self.next) {
            (None, _) => Turn::Now,
            _ if !is_idle => Turn::AfterBatch,
            (_, Some(next)) if next > Instant::now() => Turn::At(next),
            _ => Turn::Now,
        }
    }
}

/// When the next batch can be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Now,
    At(Instant),
    /// When a batch that is at the service has ended.
    AfterBatch,
}
