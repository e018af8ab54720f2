//! A chat model with a rate limiter.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use runnable_chat::{
    AiMessage, AiMessageChunk,
    batch_api::BatchProvider,
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{Chunk, ChunkStream, Result, RunContext};

use crate::{RateLimiter, estimate::tokens_of_options, quantity::Tokens, turn::Admission};

/// A chat model whose requests wait for a rate limiter.
#[derive(Debug)]
pub(crate) struct LimitedChat {
    model: Arc<dyn ChatProvider>,
    limiter: RateLimiter,
}

impl LimitedChat {
    pub(crate) fn new(model: Arc<dyn ChatProvider>, limiter: RateLimiter) -> Self {
        Self { model, limiter }
    }
}

/// Returns the estimated tokens of a request.
fn estimate(limiter: &RateLimiter, request: &ChatRequest) -> Tokens {
    let expected = limiter.state().expected_output();
    let output = request.options.max_tokens.map_or(expected, |most| most.min(expected));
    let prompt = limiter.input_tokens(&request.prompt);
    Tokens { input: prompt.saturating_add(tokens_of_options(&request.options)), output }
}

impl ChatProvider for LimitedChat {
    fn run_name(&self) -> &str {
        self.model.run_name()
    }

    fn provider(&self) -> Option<&str> {
        self.model.provider()
    }

    fn model(&self) -> Option<&str> {
        self.model.model()
    }

    fn supports_streaming(&self) -> bool {
        self.model.supports_streaming()
    }

    fn request_key(&self, request: &ChatRequest) -> Option<Vec<u8>> {
        self.model.request_key(request)
    }

    /// Returns the Batch API of the model itself: services limit
    /// batches separately from live requests.
    fn batch_provider(&self) -> Option<Arc<dyn BatchProvider>> {
        self.model.batch_provider()
    }

    fn count_tokens(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        // Services that count tokens limit these requests separately.
        self.model.count_tokens(request, cx)
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        let (model, limiter) = (Arc::clone(&self.model), self.limiter.clone());
        let chunks = async move {
            match Admission::wait(&limiter, &cx, estimate(&limiter, &request)).await {
                Ok(admission) => ChunkStream::<AiMessage>::new(LimitedChunks {
                    chunks: model.stream(request, cx),
                    details: None,
                    admission,
                }),
                Err(error) => ChunkStream::error(error),
            }
        };
        ChunkStream::new(chunks.flatten_stream())
    }

    fn invoke(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<AiMessage>> {
        let (model, limiter) = (Arc::clone(&self.model), self.limiter.clone());
        let answer = async move {
            let admission = Admission::wait(&limiter, &cx, estimate(&limiter, &request)).await?;
            let answer = model.invoke(request, cx).await;
            match &answer {
                Ok(answer) => {
                    limiter.reported(&answer.rate_limits);
                    if let Some(usage) = &answer.usage {
                        admission.correct(Tokens::of_usage(usage));
                    }
                }
                Err(error) => admission.failed(error),
            }
            answer
        };
        answer.boxed()
    }
}

/// The chunks of an answer. The limiter learns the rate limits when they arrive, and the usage when
/// the stream has ended or is dropped.
struct LimitedChunks {
    chunks: ChunkStream<AiMessage>,
    /// The merged chunks that contain a usage, without their content.
    details: Option<AiMessageChunk>,
    admission: Admission,
}

impl LimitedChunks {
    /// Replaces the estimate by the usage, unless this has happened already.
    fn settle(&mut self) {
        if let Some(usage) = self.details.take().and_then(|details| details.usage()) {
            self.admission.correct(Tokens::of_usage(&usage));
        }
    }
}

impl Stream for LimitedChunks {
    type Item = Result<AiMessageChunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let poll = self.chunks.poll_next_unpin(cx);
        match &poll {
            Poll::Ready(Some(Ok(chunk))) => {
                self.admission.limiter().reported(chunk.rate_limits());
                if chunk.usage().is_some() {
                    // Chunks with a usage are rare and small.
                    match &mut self.details {
                        Some(details) => details.merge_ref(chunk),
                        None => self.details = Some(chunk.clone()),
                    }
                }
            }
            Poll::Ready(Some(Err(error))) => self.admission.failed(error),
            Poll::Ready(None) => self.settle(),
            Poll::Pending => {}
        }
        poll
    }
}

impl Drop for LimitedChunks {
    fn drop(&mut self) {
        self.settle();
    }
}

/// The chunks are in a box, so no field is pinned.
impl Unpin for LimitedChunks {}
