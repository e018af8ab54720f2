//! [`Submission`]: uploads the requests of a batch.

use std::{collections::HashSet, fmt, future::IntoFuture, time::Duration};

use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use runnable_core::{Backoff, Error, ErrorKind, Result};

use super::{
    Batch, BatchId, BatchPart, BatchProvider, BatchRequest, PartRequests, connection::Connection,
    part_body::PartBody, rejected::RejectedRequest, turns::Turns, wire_id::wire_id,
};
use crate::model::ChatRequest;

/// How often the creation of a batch is tried.
const ATTEMPTS: u32 = 5;

type OnPart = Box<dyn FnMut(BatchPart) -> BoxFuture<'static, Result<()>> + Send>;

/// Uploads the requests of a batch, part by part. Await it to get the [`Batch`].
///
/// Created by [`BatchApi::submit`](super::BatchApi::submit) and its siblings.
///
/// # Storing the progress
///
/// [`on_part`](Self::on_part) reports the IDs of each part as soon as they are known: first the ID
/// of the uploaded file, and then the ID of the batch. If the function stores them, a program that
/// was killed can continue with [`BatchApi::resume`](super::BatchApi::resume), and submit the requests that are not among
/// the [`custom_ids`](BatchId::custom_ids) of the stored parts.
///
/// # Errors
///
/// A request that cannot be sent, because the API does not support it or because it is larger than
/// a part, does not end the submission. Its error is its [result](Batch::results).
///
/// The submission ends with an error if
///
/// - two requests have the same custom ID ([`InvalidInput`](ErrorKind::InvalidInput));
/// - the stream of requests, or the function of [`on_part`](Self::on_part), returns an error;
/// - the service cannot be reached, or rejects the upload or the batch.
///
/// The service may already work on earlier parts. [`Error::partial`] returns the [`BatchId`] with
/// these parts.
///
/// # Cancel safety
///
/// If the future is dropped, the parts that it has submitted remain, and cost money. Use
/// [`on_part`](Self::on_part) to know them.
#[must_use = "a submission does nothing until it is awaited"]
pub struct Submission {
    connection: Connection,
    id: BatchId,
    requests: BoxStream<'static, Result<BatchRequest>>,
    on_part: Option<OnPart>,
}

impl Submission {
    pub(super) fn new(
        connection: Connection,
        id: BatchId,
        requests: BoxStream<'static, Result<BatchRequest>>,
    ) -> Self {
        Self { connection, id, requests, on_part: None }
    }

    /// Calls `on_part` with each part when its file was uploaded, and again when its batch was
    /// created. The submission continues when the returned future completes.
    ///
    /// Store the part with [`BatchId::put`], which replaces the earlier form of the part.
    ///
    /// ```
    /// # use runnable_chat::{batch_api::{BatchId, BatchPart}, prelude::*};
    /// # async fn save(part: BatchPart) -> Result<()> { Ok(()) }
    /// # async fn example(model: ChatModel, requests: Vec<(String, String)>) -> Result<()> {
    /// let batch = model.batch_api()?.submit(requests).on_part(|part| save(part)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_part<F, Fut>(mut self, mut on_part: F) -> Self
    where
        F: FnMut(BatchPart) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.on_part = Some(Box::new(move |part| on_part(part).boxed()));
        self
    }

    async fn run(mut self) -> Result<Batch> {
        match self.submit_all().await {
            Ok(()) => Ok(Batch::new(self.connection, self.id)),
            Err(error) => Err(error.with_partial(self.id)),
        }
    }

    async fn submit_all(&mut self) -> Result<()> {
        if self.id.provider() != self.connection.provider.provider() {
            let message = format!(
                "cannot resume a batch of the provider `{}` with a model of the provider `{}`",
                self.id.provider(),
                self.connection.provider.provider()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        self.create_uploaded().await?;
        let mut known: HashSet<String> = self.id.custom_ids().map(str::to_owned).collect();
        let limits = self.connection.limits();
        let (mut body, mut turns) = (PartBody::new(limits), Turns::default());
        while let Some(request) = self.requests.next().await {
            let request = request?;
            if !known.insert(request.custom_id.clone()) {
                let message = format!(
                    "two requests of the batch have the custom ID `{}`; give each request its own ID",
                    request.custom_id
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
            if body.is_full() {
                self.submit_part(&mut body).await?;
            }
            let (custom_id, chat) = self.chat_request(request);
            let mut encoded = self.encode(body.len(), &custom_id, &chat);
            turns.encoded(encoded.as_ref().map_or(0, Vec::len)).await;
            if body.len() > 0 && encoded.as_ref().is_ok_and(|bytes| !body.fits(bytes.len())) {
                self.submit_part(&mut body).await?;
                // Encode the request again, because its position in the part has changed.
                encoded = self.encode(body.len(), &custom_id, &chat);
            }
            let encoded = encoded.and_then(|bytes| {
                if body.fits(bytes.len()) {
                    return Ok(bytes);
                }
                let message = format!(
                    "the request of {} bytes does not fit into a batch of at most {} bytes",
                    bytes.len(),
                    limits.max_bytes
                );
                Err(Error::new(ErrorKind::InvalidInput, message))
            });
            match encoded {
                Ok(bytes) => body.push(custom_id, &bytes),
                Err(error) => self.id.reject(RejectedRequest::new(custom_id, &error)),
            }
        }
        if body.len() > 0 {
            self.submit_part(&mut body).await?;
        }
        Ok(())
    }

    fn chat_request(&self, request: BatchRequest) -> (String, ChatRequest) {
        let options = request.options.unwrap_or_else(|| self.connection.options.clone());
        (request.custom_id, ChatRequest::new(request.prompt, options).without_streaming())
    }

    fn encode(&self, position: usize, custom_id: &str, request: &ChatRequest) -> Result<Vec<u8>> {
        self.connection.provider.encode(&wire_id(position, custom_id), request)
    }

    /// Creates the batches of parts that were only uploaded.
    async fn create_uploaded(&mut self) -> Result<()> {
        let parts: Vec<_> = self.id.parts().to_vec();
        for mut part in parts {
            let (Some(file), None) = (&part.file, &part.batch) else { continue };
            let found = self.connection.provider.find(file).await?;
            let batch = match found {
                Some(batch) => batch,
                None => create_from_file(&*self.connection.provider, file.clone()).await?,
            };
            part.batch = Some(batch);
            self.report(part).await?;
        }
        Ok(())
    }

    /// Uploads a part and creates its batch.
    async fn submit_part(&mut self, body: &mut PartBody) -> Result<()> {
        let index = self.id.parts().last().map_or(0, |part| part.index + 1);
        let (custom_ids, bytes) = body.take();
        let mut part = BatchPart::new(index, custom_ids);
        let batch = match self.connection.provider.upload(bytes).await? {
            PartRequests::File(file) => {
                part.file = Some(file.clone());
                self.report(part.clone()).await?;
                create_from_file(&*self.connection.provider, file).await?
            }
            requests => self.connection.provider.create(requests).await?,
        };
        part.batch = Some(batch);
        self.report(part).await
    }

    async fn report(&mut self, part: BatchPart) -> Result<()> {
        self.id.put(part.clone());
        match &mut self.on_part {
            Some(on_part) => on_part(part).await,
            None => Ok(()),
        }
    }
}

/// Creates a batch. After an error that may pass, it is unknown whether the service has created the
/// batch, so it is searched before the next attempt.
async fn create_from_file(provider: &dyn BatchProvider, file: String) -> Result<String> {
    let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
    let mut attempt = 1;
    loop {
        let error = match provider.create(PartRequests::File(file.clone())).await {
            Ok(batch) => return Ok(batch),
            Err(error) => error,
        };
        if attempt >= ATTEMPTS || !error.is_transient() {
            return Err(error.with_attempts(attempt));
        }
        let (wait, _) = backoff.wait(error, attempt)?;
        tokio::time::sleep(wait).await;
        if let Some(batch) = provider.find(&file).await? {
            return Ok(batch);
        }
        attempt += 1;
    }
}

impl IntoFuture for Submission {
    type Output = Result<Batch>;
    type IntoFuture = BoxFuture<'static, Result<Batch>>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission").field("id", &self.id).finish_non_exhaustive()
    }
}
