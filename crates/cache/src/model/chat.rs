//! A chat model with a cache.

use std::sync::Arc;

use futures_util::{FutureExt, TryFutureExt, future::BoxFuture, stream};
use runnable_chat::{
    AiMessage,
    batch_api::BatchProvider,
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{ChunkStream, Chunked, Result, RunContext};

use crate::{AnswerCache, CacheKey};

/// A chat model that answers from a cache if it can.
#[derive(Debug)]
pub(crate) struct CachedChat {
    model: Arc<dyn ChatProvider>,
    cache: AnswerCache,
}

impl CachedChat {
    pub(crate) fn new(model: Arc<dyn ChatProvider>, cache: AnswerCache) -> Self {
        Self { model, cache }
    }

    fn key(&self, request: &ChatRequest) -> Option<CacheKey> {
        CacheKey::of_chat(self.cache.namespace(), &*self.model, request)
    }
}

impl ChatProvider for CachedChat {
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

    /// Returns the Batch API of the model itself: batches neither read the cache nor fill it.
    fn batch_provider(&self) -> Option<Arc<dyn BatchProvider>> {
        self.model.batch_provider()
    }

    fn count_tokens(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        self.model.count_tokens(request, cx)
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        let Some(key) = self.key(&request) else {
            return self.model.stream(request, cx);
        };
        let model = Arc::clone(&self.model);
        self.cache.stream(key, cx, move |cx| model.stream(request, cx))
    }

    fn invoke(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<AiMessage>> {
        let Some(key) = self.key(&request) else {
            return self.model.invoke(request, cx);
        };
        let model = Arc::clone(&self.model);
        let start = move |cx| {
            let answer = model.invoke(request, cx).map_ok(Chunked::into_chunk);
            ChunkStream::new(stream::once(answer))
        };
        self.cache.clone().invoke(key, cx, start).boxed()
    }
}
