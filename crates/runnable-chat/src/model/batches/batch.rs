//! [`Batch`]: a submitted batch.

use runnable_core::Result;

use super::{
    BatchId, BatchResults, BatchState, BatchStatus, BatchUpdates, connection::Connection,
    results::Results,
};

/// A submitted batch. Created by [`BatchApi::submit`](super::BatchApi::submit) and [`BatchApi::resume`](super::BatchApi::resume).
///
/// A clone is a handle to the same batch. Dropping a handle, or a future or stream that waits, does
/// **not** cancel the batch: the service continues to work on it, and charges for it. To cancel the
/// batch, call [`cancel`](Self::cancel).
#[derive(Clone, Debug)]
pub struct Batch {
    connection: Connection,
    id: BatchId,
}

impl Batch {
    pub(super) fn new(connection: Connection, id: BatchId) -> Self {
        Self { connection, id }
    }

    /// Returns the ID of the batch. Store it to [resume](super::BatchApi::resume) after a restart.
    pub fn id(&self) -> &BatchId {
        &self.id
    }

    /// Requests the status of all parts, once.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service.
    pub async fn status(&self) -> Result<BatchStatus> {
        self.connection.status(&self.id).await
    }

    /// Returns the status of the batch again and again, until the service has finished all parts.
    ///
    /// [`BatchPolling`](super::BatchPolling) determines how often the status is requested. The last
    /// item is the final status, or an error.
    ///
    /// ```no_run
    /// # async fn example(batch: runnable_chat::batch_api::Batch) -> runnable_core::Result<()> {
    /// let mut updates = batch.watch();
    /// while let Some(status) = updates.next().await {
    ///     let counts = status?.counts();
    ///     println!("{} of {}", counts.succeeded + counts.failed, counts.total);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self) -> BatchUpdates {
        BatchUpdates::new(self.connection.clone(), self.id.clone())
    }

    /// Waits until the service has finished all parts, and returns the final status.
    ///
    /// This can take a day. To limit the wait, use `tokio::time::timeout`.
    ///
    /// # Errors
    ///
    /// Returns an error of the service or of the transport if it cannot pass, or if it occurs
    /// several times in a row. See [`BatchPolling`](super::BatchPolling).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing. It does not cancel the batch.
    pub async fn wait(&self) -> Result<BatchStatus> {
        let mut updates = self.watch();
        let mut last = BatchStatus { parts: Vec::new() };
        while let Some(status) = updates.next().await {
            last = status?;
        }
        Ok(last)
    }

    /// Returns the results: exactly one [`BatchAnswer`](super::BatchAnswer) for each request, in any order.
    ///
    /// The stream waits for the service. It yields the results of a part as soon as the service
    /// has finished this part, so there is no need to [`wait`](Self::wait) first. Results are read
    /// from the network as they are needed, and are not kept in memory. A result has the answer of
    /// the model with its usage, and [`BatchAnswer::cost`](super::BatchAnswer::cost) computes its cost at the batch price.
    /// Repeated results, and results for unknown requests, are ignored.
    ///
    /// A request without an answer has an error. Its source is a
    /// [`BatchError`](super::BatchError), unless the service answered the request with an error.
    ///
    /// An item that is an error means that the results of a part could not be fetched. It is the last
    /// item, after the results of the other parts. Call this method again to get all results.
    ///
    /// Dropping the stream does not cancel the batch.
    pub fn results(&self) -> BatchResults {
        BatchResults::new(Results::new(self.connection.clone(), self.id.clone()).into_stream())
    }

    /// Asks the service to cancel all parts that it has not finished.
    ///
    /// Requests that were already answered are charged, and remain among the
    /// [results](Self::results). The service may need minutes to cancel a part.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service. The other parts are cancelled
    /// nevertheless.
    pub async fn cancel(&self) -> Result<()> {
        let mut result = Ok(());
        for batch in self.id.parts().iter().filter_map(|part| part.batch.as_ref()) {
            if let Err(error) = self.cancel_part(batch).await {
                result = result.and(Err(error));
            }
        }
        result
    }

    async fn cancel_part(&self, batch: &str) -> Result<()> {
        let provider = &self.connection.provider;
        let is_done = |state: BatchState| state.is_final() || state == BatchState::Cancelling;
        if is_done(provider.status(batch).await?.state) {
            return Ok(());
        }
        match provider.cancel(batch).await {
            Ok(()) => Ok(()),
            // The part may have ended just before.
            Err(error) => match provider.status(batch).await {
                Ok(status) if is_done(status.state) => Ok(()),
                _ => Err(error),
            },
        }
    }

    /// Deletes the requests and the results of this batch from the service.
    ///
    /// Call it after the results were read, if the service should not keep them. Otherwise, the
    /// service deletes them after its own time, such as 30 days.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service, such as an error for a part that
    /// the service has not finished. The other parts are deleted nevertheless.
    pub async fn delete(&self) -> Result<()> {
        let mut result = Ok(());
        for part in self.id.parts() {
            if let Err(error) = self.connection.provider.delete(part).await {
                result = result.and(Err(error));
            }
        }
        result
    }
}
