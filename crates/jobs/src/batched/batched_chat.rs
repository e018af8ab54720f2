//! [`BatchedChat`]: a chat model whose calls go through its Batch API.

use std::{convert::identity, fmt, sync::Arc, time::Duration};

use futures_util::{FutureExt, TryFutureExt, future::BoxFuture, stream};
use runnable_chat::{
    AiMessage,
    batch_api::{BatchApi, BatchProvider},
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{ChunkStream, Chunked, Error, Result, RunContext};
use tokio::time::Instant;

use super::{
    batch_queue::BatchQueue, call::call, lane::Lane, live_call::LiveCall, pace::is_queue_full,
};
use crate::checkpoint::CurrentItem;

/// How long a call waits for a place in the queue of the service. This is the time in which services
/// answer a batch.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A chat model whose calls wait in a queue for a batch.
pub(super) struct BatchedChat {
    model: Arc<dyn ChatProvider>,
    lane: Arc<Lane>,
    falls_back: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}

impl BatchedChat {
    pub(super) fn new(model: Arc<dyn ChatProvider>, api: BatchApi, queue: &BatchQueue) -> Self {
        let name = format!("{}/{}", api.provider(), model.model().unwrap_or_default());
        let lane = queue.lane(name, api);
        Self { model, lane, falls_back: Arc::clone(&queue.settings.falls_back) }
    }

    fn answer(
        &self,
        request: ChatRequest,
        cx: &RunContext,
    ) -> impl Future<Output = Result<AiMessage>> + Send + use<> {
        let (model, lane) = (Arc::clone(&self.model), Arc::clone(&self.lane));
        let (falls_back, cx) = (Arc::clone(&self.falls_back), cx.clone());
        async move {
            let item = cx.find_resource::<Arc<CurrentItem>>().cloned();
            let retries = item.as_ref().map_or(0, |item| item.retries);
            let begin = Instant::now();
            loop {
                let key = model.request_key(&request);
                let call = call(Arc::clone(&lane), key, retries, request.clone());
                let fetched = cx.pause(call).await;
                if let Some(item) = &item {
                    item.set_unfetched(fetched.is_err());
                }
                match fetched.and_then(identity) {
                    // The call is a new request, which waits until the service accepts it.
                    Err(error) if is_queue_full(&error) && begin.elapsed() < PATIENCE => {}
                    Err(error) if falls_back(&error) => {
                        return model.invoke(request.without_streaming(), cx).await;
                    }
                    answer => return answer,
                }
            }
        }
    }
}

fn is_live(cx: &RunContext) -> bool {
    cx.find_resource::<LiveCall>().is_some()
}

impl ChatProvider for BatchedChat {
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

    /// Returns the Batch API of the model itself, because a batch needs no queue.
    fn batch_provider(&self) -> Option<Arc<dyn BatchProvider>> {
        self.model.batch_provider()
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        if is_live(&cx) {
            return self.model.stream(request, cx);
        }
        let answer = self.answer(request, &cx).map_ok(Chunked::into_chunk);
        ChunkStream::new(stream::once(answer))
    }

    fn invoke(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<AiMessage>> {
        if is_live(&cx) {
            return self.model.invoke(request, cx);
        }
        self.answer(request, &cx).boxed()
    }
}

impl fmt::Debug for BatchedChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchedChat").field("model", &self.model).finish_non_exhaustive()
    }
}
