//! A model that is loaded by its first call.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt, TryStreamExt, future::BoxFuture};
use runnable_chat::{
    AiMessage,
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{ChunkStream, Result, RunContext};
use tokio::sync::OnceCell;

use super::model::Local;

/// A model that is loaded by its first call. Other calls wait while it is loaded. If the loading
/// call is dropped or fails, the next call tries again.
pub(crate) struct Lazy {
    load: Load,
    /// The name of the model, which is reported until the model is loaded.
    name: String,
    loaded: Arc<OnceCell<Local>>,
}

/// A function that loads the model.
type Load = Arc<dyn Fn() -> BoxFuture<'static, Result<Local>> + Send + Sync>;

impl Lazy {
    pub(crate) fn new(
        name: String,
        load: impl Fn() -> BoxFuture<'static, Result<Local>> + Send + Sync + 'static,
    ) -> Self {
        Self { load: Arc::new(load), name, loaded: Arc::default() }
    }
}

impl ChatProvider for Lazy {
    fn run_name(&self) -> &str {
        "ChatLocal"
    }

    fn provider(&self) -> Option<&str> {
        Some("local")
    }

    fn model(&self) -> Option<&str> {
        Some(self.loaded.get().and_then(Local::model).unwrap_or(&self.name))
    }

    fn count_tokens(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        let (load, loaded) = (Arc::clone(&self.load), Arc::clone(&self.loaded));
        let count = async move {
            let local: Result<_> = loaded.get_or_try_init(|| load()).await;
            local?.count_tokens(request, cx).await
        };
        count.boxed()
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        let (load, loaded) = (Arc::clone(&self.load), Arc::clone(&self.loaded));
        let answer = async move {
            let local: Result<_> = loaded.get_or_try_init(|| load()).await;
            local.map(|local| local.stream(request, cx))
        };
        ChunkStream::new(answer.boxed().into_stream().try_flatten())
    }
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").field("name", &self.name).finish_non_exhaustive()
    }
}
