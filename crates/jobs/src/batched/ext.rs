//! [`BatchQueueExt`]: a model whose calls go through its Batch API.

use runnable_chat::ChatModel;
use runnable_core::Result;

use super::{batch_queue::BatchQueue, batched_chat::BatchedChat};

/// Adds [`through_batch_api`](Self::through_batch_api) to chat models.
pub trait BatchQueueExt: Sized {
    /// Returns a model whose calls wait in a queue, and go to the service in batches, at about half
    /// the price.
    ///
    /// A call takes up to a day, so its answer is one chunk. See [`BatchQueue`] for an example, for
    /// restarts, and for calls that must not wait.
    ///
    /// # Errors
    ///
    /// Returns [`Unsupported`](runnable_core::ErrorKind::Unsupported) if the service has no Batch
    /// API, or if this library does not support it.
    fn through_batch_api(self, queue: &BatchQueue) -> Result<Self>;
}

impl BatchQueueExt for ChatModel {
    fn through_batch_api(self, queue: &BatchQueue) -> Result<Self> {
        let api = self.batch_api()?;
        Ok(self.map_provider(|model| BatchedChat::new(model, api, queue)))
    }
}
