//! [`MessageBatch`]: the object with which the service describes a batch.

use runnable_chat::batch_api::{BatchCounts, BatchState, PartStatus};
use serde::Deserialize;

/// The object with which the service describes a batch.
///
/// <https://platform.claude.com/docs/en/api/messages/batches/retrieve>
#[derive(Debug, Deserialize)]
pub(super) struct MessageBatch {
    pub(super) id: String,
    #[serde(default)]
    processing_status: String,
    #[serde(default)]
    request_counts: RequestCounts,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RequestCounts {
    processing: u64,
    succeeded: u64,
    errored: u64,
    canceled: u64,
    expired: u64,
}

impl MessageBatch {
    pub(super) fn status(&self) -> PartStatus {
        let RequestCounts { processing, succeeded, errored, canceled, expired } =
            self.request_counts;
        let failed = errored.saturating_add(canceled).saturating_add(expired);
        let total = processing.saturating_add(succeeded).saturating_add(failed);
        let counts = BatchCounts::new(total, succeeded, failed);
        PartStatus::new(self.state()).with_counts(counts)
    }

    /// Returns the state. A state that this crate does not know counts as running, because a state
    /// that counts as final could hide results.
    fn state(&self) -> BatchState {
        match self.processing_status.as_str() {
            "canceling" => BatchState::Cancelling,
            "ended" if self.request_counts.canceled > 0 => BatchState::Cancelled,
            "ended" if self.request_counts.expired > 0 => BatchState::Expired,
            "ended" => BatchState::Completed,
            _ => BatchState::InProgress,
        }
    }
}
