//! A chat model of an API and a client.

use std::{borrow::Cow, sync::Arc};

use futures_util::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use runnable_chat::{
    AiMessage, AiMessageChunk,
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{ChunkStream, Context, Result};

use super::{
    ChatApi, ChatReader,
    reading::{Reading, placed},
};
use crate::{ContentType, HttpClient};

/// A chat model of an API and the client of a service that speaks it.
///
/// A service may answer a request for a stream with a whole, or the other way round: both are read.
#[derive(Debug)]
pub struct HttpChat<A> {
    api: Arc<A>,
    client: HttpClient,
    name: Cow<'static, str>,
    provider: Cow<'static, str>,
    model: String,
}

impl<A: ChatApi> HttpChat<A> {
    /// The model of this name, of a provider as tracing tools know it, such as `openai`.
    pub fn new(
        api: A,
        client: HttpClient,
        provider: impl Into<Cow<'static, str>>,
        model: impl Into<String>,
    ) -> Self {
        let (provider, model) = (provider.into(), model.into());
        Self { api: Arc::new(api), client, name: Cow::Borrowed("ChatModel"), provider, model }
    }

    /// What runs of the model are called, such as `ChatOpenAI`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }
}

impl<A: ChatApi> ChatProvider for HttpChat<A> {
    fn name(&self) -> &str {
        &self.name
    }

    fn provider(&self) -> Option<&str> {
        Some(&self.provider)
    }

    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    fn stream(&self, request: ChatRequest, _: Context) -> ChunkStream<AiMessage> {
        let (api, client) = (Arc::clone(&self.api), self.client.clone());
        let chunks = async move {
            let call = api.encode(&request)?;
            let (reader, streaming) = (api.reader(&request), request.streaming);
            // Before the long wait: what was asked is written, and need not be kept.
            drop(request);
            open(client, call, reader, streaming).await
        };
        ChunkStream::new(chunks.into_stream().try_flatten())
    }
}

type Chunks = stream::BoxStream<'static, Result<AiMessageChunk>>;

/// Sends the request, and gives the answer as it comes.
fn open<R: ChatReader>(
    client: HttpClient,
    call: super::ApiRequest,
    mut reader: R,
    streaming: bool,
) -> BoxFuture<'static, Result<Chunks>> {
    async move {
        let mut request = client.post(&call.path).body(call.body);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let response = request.send().await?;
        reader.read_headers(response.headers());
        // Some services call their streams JSON: where one is asked for, the answer itself tells.
        let content_type = response.content_type();
        let is_whole = !matches!(content_type, ContentType::EventStream | ContentType::Html);
        if !streaming && is_whole {
            let origin = response.origin().clone();
            let body = response.bytes().await?;
            let chunk = reader.read_whole(&body).map_err(|error| placed(error, &origin))?;
            return Ok(stream::iter([Ok(chunk)]).boxed());
        }
        Ok(Reading::new(response.sse(), reader).boxed())
    }
    .boxed()
}
