//! [`AnthropicBatches`]: the Batch API of Anthropic.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryFutureExt, future::BoxFuture, stream};
use runnable_chat::{
    ChatOptions,
    batch_api::{BatchAnswer, BatchLimits, BatchPart, BatchProvider, PartRequests, PartStatus},
    model::ChatRequest,
};
use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{HttpClient, HttpRetryPolicy, chat::ChatProtocol};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{message_batch::MessageBatch, result_line::ResultLine};
use crate::protocol::{AnthropicProtocol, BETA};

const PATH: &str = "v1/messages/batches";

/// The limits of the service: 100,000 requests, and 256 MB.
///
/// <https://platform.claude.com/docs/en/build-with-claude/batch-processing#batch-limitations>
const LIMITS: BatchLimits =
    BatchLimits::new(100_000, 256_000_000).enclosed("{\"requests\":[", ",", "]}");

/// The response to the creation of a batch starts when all requests were uploaded.
const LONGEST_UPLOAD: Duration = Duration::from_secs(60 * 60);

/// The Batch API of Anthropic, for one model.
#[derive(Clone, Debug)]
pub(crate) struct AnthropicBatches {
    http: HttpClient,
    protocol: AnthropicProtocol,
    /// The beta features that the requests so far need. The header of a batch applies to all of its
    /// requests, and is sent when the batch is created.
    betas: Arc<Mutex<BTreeSet<String>>>,
}

/// A request of a batch.
///
/// <https://platform.claude.com/docs/en/api/messages/batches/create>
#[derive(Serialize)]
struct BatchRequest<'a> {
    custom_id: &'a str,
    params: &'a RawValue,
}

impl AnthropicBatches {
    pub(crate) fn new(http: &HttpClient, protocol: &AnthropicProtocol) -> Self {
        Self { http: http.clone(), protocol: protocol.clone(), betas: Arc::default() }
    }

    fn betas(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.betas.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BatchProvider for AnthropicBatches {
    fn provider(&self) -> &str {
        "anthropic"
    }

    fn limits(&self) -> BatchLimits {
        LIMITS
    }

    fn encode(&self, custom_id: &str, request: &ChatRequest) -> Result<Vec<u8>> {
        let call = self.protocol.encode(request)?;
        let invalid = |error| Error::wrap(ErrorKind::InvalidInput, error);
        let params: &RawValue = serde_json::from_slice(call.body()).map_err(invalid)?;
        let encoded = serde_json::to_vec(&BatchRequest { custom_id, params }).map_err(invalid)?;
        if let Some(betas) = self.protocol.betas(request)? {
            self.betas().extend(betas.split(',').map(str::to_owned));
        }
        Ok(encoded)
    }

    fn create(&self, requests: PartRequests) -> BoxFuture<'static, Result<String>> {
        let Self { http, .. } = self.clone();
        let betas = Vec::from_iter(self.betas().clone()).join(",");
        async move {
            let PartRequests::Inline(body) = requests else {
                let message = "the Message Batches API needs no file; pass the requests themselves";
                return Err(Error::new(ErrorKind::InvalidInput, message));
            };
            // A second attempt could create, and charge for, a second batch.
            let request = http.post(PATH).body(body).retry_policy(HttpRetryPolicy::none());
            let request = request.first_byte_at_least(LONGEST_UPLOAD);
            let request = if betas.is_empty() { request } else { request.header(BETA, &betas) };
            let batch: MessageBatch = request.send().await?.json().await?;
            Ok(batch.id)
        }
        .boxed()
    }

    fn status(&self, batch: &str) -> BoxFuture<'static, Result<PartStatus>> {
        let request = self.http.get(&format!("{PATH}/{batch}"));
        async move {
            let batch: MessageBatch = request.send().await?.json().await?;
            Ok(batch.status())
        }
        .boxed()
    }

    /// Requests the results at the known path. The URL in the description of the batch is not used,
    /// because the key must not be sent to another server.
    fn results(
        &self,
        batch: &str,
        options: &ChatOptions,
    ) -> BoxStream<'static, Result<BatchAnswer>> {
        let request = ChatRequest::new("", options.clone()).without_streaming();
        let (sent, protocol) =
            (self.http.get(&format!("{PATH}/{batch}/results")).send(), self.protocol.clone());
        let results = sent.map_ok(|response| {
            let state = (response.ndjson(), protocol, request);
            stream::try_unfold(state, |(mut lines, protocol, request)| async move {
                while let Some(line) = lines.next().await.transpose()? {
                    if let Some(line) = ResultLine::parse(&line)? {
                        let reader = protocol.reader(&request);
                        let answer = line.answer(reader, lines.origin());
                        return Ok(Some((answer, (lines, protocol, request))));
                    }
                }
                Ok(None)
            })
        });
        results.try_flatten_stream().boxed()
    }

    fn cancel(&self, batch: &str) -> BoxFuture<'static, Result<()>> {
        let request = self.http.post(&format!("{PATH}/{batch}/cancel"));
        async move { request.send().await.map(drop) }.boxed()
    }

    fn delete(&self, part: &BatchPart) -> BoxFuture<'static, Result<()>> {
        let request =
            part.batch.as_deref().map(|batch| self.http.delete(&format!("{PATH}/{batch}")));
        async move {
            let Some(request) = request else { return Ok(()) };
            match request.send().await {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        }
        .boxed()
    }
}
