//! [`HttpChatModel`]: a chat model that consists of the API of a provider and an HTTP client.

use std::{borrow::Cow, sync::Arc};

use futures_util::{
    FutureExt, StreamExt, TryFutureExt,
    future::{BoxFuture, lazy, ready},
    stream,
};
use runnable_chat::{
    AiMessage, AiMessageChunk,
    batch_api::BatchProvider,
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{ChunkStream, Chunked, ErrorKind, Result, RunContext};

use super::{ChatProtocol, ChatReader, count_tokens::count_tokens, reading::Reading};
use crate::{
    ContentType, Frames, HttpClient, HttpResponse, SseDecoder,
    offload::{LONG, offload},
    response::{Page, begins_as_page},
};

/// A chat model that sends the requests of a [`ChatProtocol`] with an [`HttpClient`].
///
/// The model reads a response in either form: a service may stream a response although the request
/// did not ask for a stream, or send a complete response although the request asked for a stream.
#[doc(alias = "BaseChatModel")]
#[derive(Debug)]
pub struct HttpChatModel<A> {
    api: A,
    client: HttpClient,
    name: Cow<'static, str>,
    provider: Cow<'static, str>,
    model: String,
    batches: Option<Arc<dyn BatchProvider>>,
}

impl<A: ChatProtocol> HttpChatModel<A> {
    /// Creates a model that sends requests for the model called `model`. `provider` is the name of
    /// the service in traces, such as `openai`.
    pub fn new(
        api: A,
        client: HttpClient,
        provider: impl Into<Cow<'static, str>>,
        model: impl Into<String>,
    ) -> Self {
        let (provider, model) = (provider.into(), model.into());
        Self { api, client, name: Cow::Borrowed("ChatModel"), provider, model, batches: None }
    }

    /// Sets the name of the model's runs, such as `ChatOpenAI`. The default is `ChatModel`.
    #[doc(alias = "_llm_type")]
    #[must_use]
    pub fn with_run_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the Batch API of the model. By default, the model has none.
    #[must_use]
    pub fn with_batch_provider(mut self, batches: impl BatchProvider) -> Self {
        self.batches = Some(Arc::new(batches));
        self
    }
}

impl<A: ChatProtocol> ChatProvider for HttpChatModel<A> {
    fn run_name(&self) -> &str {
        &self.name
    }

    fn provider(&self) -> Option<&str> {
        Some(&self.provider)
    }

    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    /// Returns the URL, the additional headers and the body of the request. They contain neither
    /// the key nor the query of the URL, which can be secret.
    fn request_key(&self, request: &ChatRequest) -> Option<Vec<u8>> {
        let call = self.api.encode(&request.clone().without_streaming()).ok()?;
        let base = self.client.base_url();
        let (host, port) = (base.host_str().unwrap_or_default(), base.port_or_known_default());
        let target = (host, port, base.path(), &*call.path, &call.headers);
        let mut key = serde_json::to_vec(&target).ok()?;
        key.extend_from_slice(&call.body);
        Some(key)
    }

    fn batch_provider(&self) -> Option<Arc<dyn BatchProvider>> {
        self.batches.clone()
    }

    /// Returns the number that the service counts. Returns `None` if the API cannot count tokens, or
    /// if the service does not know the request: gateways often offer only a part of an API.
    fn count_tokens(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        let call = match self.api.encode_count(&request.without_streaming()) {
            Ok(Some(call)) => call,
            Ok(None) => return Box::pin(ready(Ok(None))),
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let client = self.client.clone();
        Box::pin(async move {
            match count_tokens(&client, call, &cx).await {
                Ok(tokens) => Ok(Some(tokens)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        let chunks = self.answer(&request, &cx).map_ok(|answer| match answer {
            Answer::Whole(chunk, _) => stream::iter([Ok(chunk)]).left_stream(),
            Answer::Streamed(chunks) => chunks.right_stream(),
        });
        ChunkStream::new(chunks.try_flatten_stream())
    }

    fn invoke(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<AiMessage>> {
        let message = self.answer(&request, &cx).and_then(|answer| match answer {
            Answer::Whole(chunk, bytes) if bytes >= LONG => {
                let message = offload(bytes, || AiMessage::from_chunk(chunk));
                message.map(|message| message?).left_future().left_future()
            }
            // Create the message only when it is needed, because it is large. The chunk from which
            // it is created is small.
            Answer::Whole(chunk, _) => {
                lazy(|_| AiMessage::from_chunk(chunk)).right_future().left_future()
            }
            Answer::Streamed(chunks) => ChunkStream::new(chunks).concat().right_future(),
        });
        Box::pin(message)
    }
}

/// A response to a request, in the form that the service chose: complete or streamed.
enum Answer<R: ChatReader> {
    /// The complete answer, and the size of its JSON in bytes.
    Whole(AiMessageChunk, usize),
    Streamed(Box<Reading<R>>),
}

impl<A: ChatProtocol> HttpChatModel<A> {
    /// Sends a request, and returns the response. The request is encoded immediately, so that it
    /// does not have to be stored while the call waits.
    fn answer(
        &self,
        request: &ChatRequest,
        cx: &RunContext,
    ) -> impl Future<Output = Result<Answer<A::Reader>>> + Send + use<A> {
        let call = match self.api.encode(request) {
            Ok(call) => call,
            Err(error) => return ready(Err(error)).left_future(),
        };
        let (reader, streaming) = (self.api.reader(request), request.streaming);
        let post = self.client.post(&call.path).body(call.body).context(cx);
        let post = if streaming { post.uncompressed() } else { post };
        let post = call.headers.iter().fold(post, |post, (name, value)| post.header(name, value));
        post.send().and_then(move |answer| read(answer, reader, streaming)).right_future()
    }
}

/// Reads a response whose headers have arrived.
///
/// This function uses adapters, because an async block would store the response twice.
fn read<R: ChatReader>(
    answer: HttpResponse,
    mut reader: R,
    streaming: bool,
) -> impl Future<Output = Result<Answer<R>>> + Send {
    reader.read_headers(answer.headers());
    // Some services label their streams as JSON, so the body decides for these types.
    let is_whole = !matches!(answer.content_type(), ContentType::EventStream | ContentType::Html);
    if streaming || !is_whole {
        // The chunks of a call that is not streamed are all kept in memory, so `max_body` applies.
        let events = if streaming { answer.sse() } else { answer.sse_within_limit() };
        let chunks = Reading::new(events, reader);
        return ready(Ok(Answer::Streamed(Box::new(chunks)))).left_future();
    }
    let origin = answer.origin().clone();
    let whole = answer.bytes().and_then(move |body| {
        if SseDecoder::reads(&body) {
            let events = Frames::of_body(body, origin, SseDecoder::new());
            let chunks = Box::new(Reading::new(events, reader));
            return ready(Ok(Answer::Streamed(chunks))).left_future();
        }
        if begins_as_page(&body) == Some(true) {
            let mut page = Page::default();
            page.push(Some(body));
            return ready(Err(page.error(&origin, "JSON"))).left_future();
        }
        let bytes = body.len();
        let read = offload(bytes, move || {
            reader.read_body(&body).map_err(|error| origin.unreadable_body(error, &body))
        });
        let whole = read.map(move |chunk| -> Result<_> { Ok(Answer::Whole(chunk??, bytes)) });
        whole.right_future()
    });
    whole.right_future()
}
