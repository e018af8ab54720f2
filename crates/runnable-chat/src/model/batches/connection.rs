//! [`Connection`]: the Batch API of a service, with the settings of its user.

use std::sync::Arc;

use runnable_core::Result;

use super::{
    BatchId, BatchLimits, BatchPolling, BatchProvider, BatchState, BatchStatus, PartStatus,
};
use crate::ChatOptions;

/// The Batch API of a service, with the settings of its user.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) provider: Arc<dyn BatchProvider>,
    /// The options of the model.
    pub(super) options: ChatOptions,
    pub(super) polling: BatchPolling,
    pub(super) max_part_requests: usize,
    pub(super) max_part_bytes: usize,
}

impl Connection {
    /// Returns the limits of a part: the limits of the service and the settings of the user.
    pub(super) fn limits(&self) -> BatchLimits {
        let mut limits = self.provider.limits();
        limits.max_requests = limits.max_requests.min(self.max_part_requests);
        limits.max_bytes = limits.max_bytes.min(self.max_part_bytes);
        limits
    }

    /// Requests the status of all parts of a batch, once.
    pub(super) async fn status(&self, id: &BatchId) -> Result<BatchStatus> {
        let mut parts = Vec::new();
        for part in id.parts() {
            parts.push(match &part.batch {
                Some(batch) => self.provider.status(batch).await?,
                None => PartStatus::new(BatchState::Uploaded),
            });
        }
        Ok(BatchStatus { parts })
    }
}
