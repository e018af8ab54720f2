//! The trait that a service with a Batch API implements.

use std::{fmt, future::ready};

use futures_core::stream::BoxStream;
use futures_util::future::BoxFuture;
use runnable_core::Result;

use super::{BatchAnswer, BatchLimits, BatchPart, PartStatus};
use crate::model::{ChatOptions, ChatRequest};

/// The encoded requests of a part, as [`BatchProvider::create`] receives them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PartRequests {
    /// The requests themselves, because the service receives them without a file.
    Inline(Vec<u8>),
    /// The service's ID of the file that [`BatchProvider::upload`] uploaded.
    File(String),
}

/// The Batch API of a service, for one model. Implement this trait to add a Batch API to a
/// provider, which returns it from
/// [`ChatProvider::batch_provider`](crate::model::ChatProvider::batch_provider).
///
/// [`BatchApi`](super::BatchApi) uses it: it splits the requests, names them, uploads each part,
/// waits, maps the results to the requests, and adds an error for each request without a result.
/// An implementation performs single calls. It does not wait for a batch, and it does not need to
/// remember anything, because each method receives the IDs that it needs.
///
/// The methods do nothing before their future or stream is polled, and stop when it is dropped.
pub trait BatchProvider: fmt::Debug + Send + Sync + 'static {
    /// Returns the provider's name, such as `openai`. A stored [`BatchId`](super::BatchId) can only
    /// be continued by a provider with the same name.
    fn provider(&self) -> &str;

    /// Returns the limits of the service for one part, and the form of the body of a part.
    fn limits(&self) -> BatchLimits;

    /// Encodes a request as it is written into the body of a part.
    ///
    /// Use the code that encodes live requests. `custom_id` is unique within the part. It consists
    /// of 1 to 64 ASCII letters, digits, `-` and `_`. The encoded request must not contain a
    /// newline.
    ///
    /// # Errors
    ///
    /// Returns [`Unsupported`](runnable_core::ErrorKind::Unsupported) or
    /// [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if the API does not support the
    /// request.
    fn encode(&self, custom_id: &str, request: &ChatRequest) -> Result<Vec<u8>>;

    /// Uploads the body of a part as a file, if the service needs a file.
    ///
    /// The default is for services that receive the requests in [`create`](Self::create): it
    /// uploads nothing.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service.
    fn upload(&self, requests: Vec<u8>) -> BoxFuture<'static, Result<PartRequests>> {
        Box::pin(ready(Ok(PartRequests::Inline(requests))))
    }

    /// Creates a batch of the service, and returns its ID.
    ///
    /// The request must be sent at most once, unless it is certain that the service has not
    /// processed it. Otherwise, the requests could be answered and paid twice. If the service uses
    /// files, the caller tries again after a transient error, but only if [`find`](Self::find)
    /// does not find the batch.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service.
    fn create(&self, requests: PartRequests) -> BoxFuture<'static, Result<String>>;

    /// Returns the ID of the batch that was created from this file, if there is one.
    ///
    /// This is called if it is unknown whether [`create`](Self::create) succeeded, because the
    /// program ended or the connection failed. The default returns `None`.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service.
    fn find(&self, _file: &str) -> BoxFuture<'static, Result<Option<String>>> {
        Box::pin(ready(Ok(None)))
    }

    /// Returns the status of a batch.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service.
    fn status(&self, batch: &str) -> BoxFuture<'static, Result<PartStatus>>;

    /// Returns the results of a batch whose state is [final](super::BatchState::is_final).
    ///
    /// The custom IDs are those that [`encode`](Self::encode) received. The order does not matter.
    /// Results for unknown custom IDs and repeated results are ignored, and results may be missing.
    /// A result that cannot be read is an error of its request, and does not end the stream. Use
    /// [`BatchError`](super::BatchError) for a request that expired or was cancelled. `options`
    /// are the options of the model, which some readers of answers need.
    ///
    /// The stream must read the results from the network as they are needed, because they may be
    /// larger than the memory. An error is the last item of the stream. The caller may then call
    /// this method again, and ignores the results that it has already received.
    fn results(
        &self,
        batch: &str,
        options: &ChatOptions,
    ) -> BoxStream<'static, Result<BatchAnswer>>;

    /// Asks the service to cancel a batch. The service may need some time, during which the state
    /// is [`Cancelling`](super::BatchState::Cancelling).
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service.
    fn cancel(&self, batch: &str) -> BoxFuture<'static, Result<()>>;

    /// Deletes the files of a part from the service, or the batch itself if the service has no
    /// files. Something that does not exist any more is not an error.
    ///
    /// # Errors
    ///
    /// Returns the errors of the transport and of the service.
    fn delete(&self, part: &BatchPart) -> BoxFuture<'static, Result<()>>;
}
