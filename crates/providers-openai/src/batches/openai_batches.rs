//! [`OpenAiBatches`]: the Batch API of a service.

use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, future::BoxFuture, stream};
use runnable_chat::{
    ChatOptions,
    batch_api::{BatchAnswer, BatchLimits, BatchPart, BatchProvider, PartRequests, PartStatus},
    model::ChatRequest,
};
use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{HttpClient, HttpRetryPolicy, RequestInfo, chat::ChatProtocol};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    files,
    output_line::OutputLine,
    remote_batch::{BatchPage, RemoteBatch},
};
use crate::{batch_dialect::BatchDialect, protocol::OpenAiProtocol};

/// The maximum number of pages of the list of batches that are searched for a batch.
const PAGES: usize = 10;

/// The Batch API of a service, for one model.
#[derive(Clone, Debug)]
pub(crate) struct OpenAiBatches {
    http: HttpClient,
    protocol: OpenAiProtocol,
    dialect: BatchDialect,
}

/// A line of the file with the requests of a batch.
///
/// <https://platform.openai.com/docs/api-reference/batch/request-input>
#[derive(Serialize)]
struct InputLine<'a> {
    custom_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
    body: &'a RawValue,
}

impl OpenAiBatches {
    /// Returns the Batch API of a service, or `None` if it has none for this API.
    pub(crate) fn new(http: &HttpClient, protocol: &OpenAiProtocol) -> Option<Self> {
        let dialect = protocol.served.quirks.batches;
        dialect.supports(protocol.api).then(|| Self {
            http: http.clone(),
            protocol: protocol.clone(),
            dialect,
        })
    }

    async fn get(self, batch: String) -> Result<(RemoteBatch, RequestInfo)> {
        let response = self.http.get(&format!("{}/{batch}", self.dialect.path())).send().await?;
        let origin = response.origin().clone();
        Ok((response.json().await?, origin))
    }

    /// Searches the batch that was created from a file among the latest batches.
    async fn search(self, file: String) -> Result<Option<String>> {
        let mut after: Option<String> = None;
        for number in 0..PAGES {
            let path = self.dialect.page(number, after.as_deref());
            let page: BatchPage = self.http.get(&path).send().await?.json().await?;
            let batches = page.data.unwrap_or_default();
            if let Some(batch) = batches.iter().find(|batch| batch.is_of(&file)) {
                return Ok(Some(batch.id.clone()));
            }
            match batches.last() {
                Some(last) if page.has_more.unwrap_or(batches.len() >= 100) => {
                    after = Some(last.id.clone());
                }
                _ => break,
            }
        }
        Ok(None)
    }

    /// Returns the results in a file.
    async fn file_results(
        self,
        file: String,
        request: ChatRequest,
    ) -> Result<BoxStream<'static, Result<BatchAnswer>>> {
        let lines = files::lines(self.http.clone(), file).await?;
        let state = (lines, self.protocol, request);
        let results = stream::try_unfold(state, |(mut lines, protocol, request)| async move {
            while let Some(line) = lines.next().await.transpose()? {
                if let Some(line) = OutputLine::parse(&line)? {
                    let answer = line.answer(&protocol, &request, lines.origin());
                    return Ok(Some((answer, (lines, protocol, request))));
                }
            }
            Ok(None)
        });
        Ok(results.boxed())
    }
}

impl BatchProvider for OpenAiBatches {
    fn provider(&self) -> &str {
        &self.protocol.served.provider
    }

    fn limits(&self) -> BatchLimits {
        self.dialect.limits()
    }

    fn encode(&self, custom_id: &str, request: &ChatRequest) -> Result<Vec<u8>> {
        let request = self.protocol.encode(request)?;
        let body = serde_json::from_slice(request.body());
        let body: &RawValue = body.map_err(|error| Error::wrap(ErrorKind::InvalidInput, error))?;
        let url = self.dialect.line_url(self.protocol.api);
        let line = InputLine { custom_id, method: url.map(|_| "POST"), url, body };
        serde_json::to_vec(&line).map_err(|error| Error::wrap(ErrorKind::InvalidInput, error))
    }

    fn upload(&self, requests: Vec<u8>) -> BoxFuture<'static, Result<PartRequests>> {
        let http = self.http.clone();
        async move { Ok(PartRequests::File(files::upload(http, requests).await?)) }.boxed()
    }

    fn create(&self, requests: PartRequests) -> BoxFuture<'static, Result<String>> {
        let Self { http, protocol, dialect } = self.clone();
        async move {
            let PartRequests::File(file) = requests else {
                let message = "the Batch API needs a file; upload the requests first";
                return Err(Error::new(ErrorKind::InvalidInput, message));
            };
            let body = dialect.create(protocol.api, &protocol.served.name, &file);
            // The caller searches the batch before it tries again.
            let request = http.post(dialect.path()).json(&body);
            let request = request.retry_policy(HttpRetryPolicy::none());
            let batch: RemoteBatch = request.send().await?.json().await?;
            Ok(batch.id)
        }
        .boxed()
    }

    fn find(&self, file: &str) -> BoxFuture<'static, Result<Option<String>>> {
        self.clone().search(file.to_owned()).boxed()
    }

    fn status(&self, batch: &str) -> BoxFuture<'static, Result<PartStatus>> {
        let batch = self.clone().get(batch.to_owned());
        async move {
            let (batch, origin) = batch.await?;
            Ok(batch.status(&origin))
        }
        .boxed()
    }

    fn results(
        &self,
        batch: &str,
        options: &ChatOptions,
    ) -> BoxStream<'static, Result<BatchAnswer>> {
        let (batches, batch) = (self.clone(), batch.to_owned());
        let request = ChatRequest::new("", options.clone()).without_streaming();
        let results = async move {
            let (batch, _) = batches.clone().get(batch).await?;
            let files = stream::iter(batch.results()).map(Ok);
            Ok::<_, Error>(
                files.and_then(move |file| batches.clone().file_results(file, request.clone())),
            )
        };
        results.try_flatten_stream().try_flatten().boxed()
    }

    fn cancel(&self, batch: &str) -> BoxFuture<'static, Result<()>> {
        let request = self.http.post(&format!("{}/{batch}/cancel", self.dialect.path()));
        async move { request.send().await.map(drop) }.boxed()
    }

    fn delete(&self, part: &BatchPart) -> BoxFuture<'static, Result<()>> {
        let (batches, part) = (self.clone(), part.clone());
        async move {
            let http = batches.http.clone();
            let mut all: Vec<_> = part.file.into_iter().collect();
            if let Some(batch) = part.batch {
                match batches.get(batch).await {
                    Ok((batch, _)) => all.extend(batch.results()),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            for file in all {
                files::delete(&http, &file).await?;
            }
            Ok(())
        }
        .boxed()
    }
}
