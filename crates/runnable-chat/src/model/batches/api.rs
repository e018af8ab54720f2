//! [`BatchApi`]: the Batch API of a model.

use std::sync::Arc;

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use runnable_core::Result;

use super::{
    BatchId, BatchPolling, BatchProvider, BatchRequest, Submission, connection::Connection,
};
use crate::ChatOptions;

/// The Batch API of a model. Created by [`ChatModel::batch_api`](crate::ChatModel::batch_api).
///
/// ```no_run
/// use runnable_chat::{Prices, prelude::*};
///
/// # async fn example(model: ChatModel) -> Result<()> {
/// let tickets = [("17", "My printer is on fire."), ("18", "Please send me a brochure.")];
/// let requests = tickets.map(|(id, text)| (id, format!("Is this urgent? Yes or no: {text}")));
///
/// let batch = model.batch_api()?.submit(requests).await?;
/// std::fs::write("batch.json", serde_json::to_vec(batch.id()).map_err(Error::other)?)?;
///
/// let mut results = batch.results(); // waits, for up to a day
/// while let Some(answer) = results.next().await {
///     let answer = answer?;
///     println!("{}: {:?} {:?}", answer.custom_id, answer.result, answer.cost(&Prices::shipped()));
/// }
/// # Ok(())
/// # }
/// ```
///
/// A clone is a handle to the same API. A setter changes its handle only.
#[derive(Clone, Debug)]
#[must_use]
pub struct BatchApi {
    connection: Connection,
}

impl BatchApi {
    pub(crate) fn new(provider: Arc<dyn BatchProvider>, options: ChatOptions) -> Self {
        let polling = BatchPolling::new();
        let (max_part_requests, max_part_bytes) = (usize::MAX, usize::MAX);
        let connection =
            Connection { provider, options, polling, max_part_requests, max_part_bytes };
        Self { connection }
    }

    /// Returns the provider's name, such as `openai`.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.connection.provider.provider()
    }

    /// Sets how often the status of a batch is requested.
    pub fn polling(mut self, polling: BatchPolling) -> Self {
        self.connection.polling = polling;
        self
    }

    /// Sets the maximum number of requests in a part. The default and the maximum is the limit of
    /// the service. 0 counts as 1.
    pub fn max_part_requests(mut self, requests: usize) -> Self {
        self.connection.max_part_requests = requests.max(1);
        self
    }

    /// Sets the maximum size of a part, in bytes. The default and the maximum is the limit of the
    /// service.
    ///
    /// One part at a time is in memory, so a smaller size needs less memory.
    pub fn max_part_bytes(mut self, bytes: usize) -> Self {
        self.connection.max_part_bytes = bytes;
        self
    }

    /// Submits these requests.
    ///
    /// The requests are split into parts within the limits of the service. A part is uploaded as
    /// soon as it is full, and then released from memory. See [`Submission`] for errors, and for
    /// how to store the progress.
    ///
    /// ```
    /// # use runnable_chat::prelude::*;
    /// # async fn example(model: ChatModel, files: Vec<String>) -> Result<()> {
    /// let question = |file: &str| format!("What does the name {file} say about the file?");
    /// let requests = files.into_iter().map(move |file| (file.clone(), question(&file)));
    /// let batch = model.batch_api()?.submit(requests).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn submit<I>(&self, requests: I) -> Submission
    where
        I: IntoIterator<IntoIter: Send + 'static, Item: Into<BatchRequest>>,
    {
        let requests = requests.into_iter().map(|request| Ok(request.into()));
        self.submission(stream::iter(requests))
    }

    /// Submits the requests of a stream.
    ///
    /// The stream is polled only while there is room in the part, so it may be longer than the
    /// memory. An error of the stream ends the submission with this error.
    pub fn submit_stream<S, T>(&self, requests: S) -> Submission
    where
        S: Stream<Item = Result<T>> + Send + 'static,
        T: Into<BatchRequest>,
    {
        self.submission(requests.map(|request| request.map(Into::into)))
    }

    /// Continues with a batch that was submitted before, maybe by another process.
    ///
    /// If a part was uploaded and its batch was not created, it is created now. A batch that was
    /// created shortly before the process ended is found and not created again, if the service
    /// lists batches with their files.
    ///
    /// The submission fails with [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if the
    /// batch belongs to another provider.
    pub fn resume(&self, id: BatchId) -> Submission {
        Submission::new(self.connection.clone(), id, stream::empty().boxed())
    }

    fn submission(
        &self,
        requests: impl Stream<Item = Result<BatchRequest>> + Send + 'static,
    ) -> Submission {
        Submission::new(self.connection.clone(), BatchId::new(self.provider()), requests.boxed())
    }
}
