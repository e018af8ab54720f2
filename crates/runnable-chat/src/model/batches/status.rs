//! [`BatchState`], [`BatchCounts`], [`PartStatus`] and [`BatchStatus`]: the progress of a batch.

use std::{iter::Sum, ops::Add};

use runnable_core::Error;

/// The state of a part of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchState {
    /// The file with the requests was uploaded, and the batch was not created yet.
    Uploaded,
    /// The service checks the requests, or has not started to answer them.
    Validating,
    /// The service answers the requests.
    InProgress,
    /// The service prepares the results.
    Finalizing,
    /// The service stops to answer requests, because the batch was cancelled.
    Cancelling,
    /// All requests were answered, or failed one by one.
    Completed,
    /// The service rejected the part, or failed to process it.
    Failed,
    /// The time was over. Some requests may have been answered.
    Expired,
    /// The part was cancelled. Some requests may have been answered.
    Cancelled,
}

impl BatchState {
    /// Returns whether the service has finished with the part.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Expired | Self::Cancelled)
    }
}

/// The number of requests in a batch or in a part of it.
///
/// A service may update the numbers only from time to time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchCounts {
    /// The number of all requests.
    pub total: u64,
    /// The number of requests that were answered.
    pub succeeded: u64,
    /// The number of requests that were not answered: because of an error, or because the batch
    /// expired or was cancelled.
    pub failed: u64,
}

impl BatchCounts {
    /// Creates counts.
    pub const fn new(total: u64, succeeded: u64, failed: u64) -> Self {
        Self { total, succeeded, failed }
    }
}

impl Add for BatchCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            total: self.total.saturating_add(other.total),
            succeeded: self.succeeded.saturating_add(other.succeeded),
            failed: self.failed.saturating_add(other.failed),
        }
    }
}

impl Sum for BatchCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

/// The status of a part of a batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PartStatus {
    /// The state of the part.
    pub state: BatchState,
    /// The number of requests, if the service reports it.
    pub counts: Option<BatchCounts>,
    /// The reason why the part failed. It is the error of each request in the part that has no
    /// result of its own.
    pub error: Option<Error>,
}

impl PartStatus {
    /// Creates the status of a part in this state.
    pub const fn new(state: BatchState) -> Self {
        Self { state, counts: None, error: None }
    }

    /// Sets the numbers of requests.
    #[must_use]
    pub fn with_counts(mut self, counts: BatchCounts) -> Self {
        self.counts = Some(counts);
        self
    }

    /// Sets the reason why the part failed.
    #[must_use]
    pub fn with_error(mut self, error: Error) -> Self {
        self.error = Some(error);
        self
    }
}

/// The status of a batch: the status of each of its parts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchStatus {
    /// The status of the parts, in the order of [`BatchId::parts`](super::BatchId::parts).
    pub parts: Vec<PartStatus>,
}

impl BatchStatus {
    /// Returns whether the service has finished all parts.
    pub fn is_final(&self) -> bool {
        self.parts.iter().all(|part| part.state.is_final())
    }

    /// Returns the sum of the numbers of requests that the service reports.
    pub fn counts(&self) -> BatchCounts {
        self.parts.iter().filter_map(|part| part.counts).sum()
    }
}
