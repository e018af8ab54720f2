//! A text model with a cache.

use std::sync::Arc;

use runnable_chat::model::{TextProvider, TextRequest};
use runnable_core::{ChunkStream, RunContext};

use crate::{AnswerCache, CacheKey};

/// A text model that answers from a cache if it can.
#[derive(Debug)]
pub(crate) struct CachedText {
    model: Arc<dyn TextProvider>,
    cache: AnswerCache,
}

impl CachedText {
    pub(crate) fn new(model: Arc<dyn TextProvider>, cache: AnswerCache) -> Self {
        Self { model, cache }
    }
}

impl TextProvider for CachedText {
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

    fn stream(&self, request: TextRequest, cx: RunContext) -> ChunkStream<String> {
        let key = CacheKey::of_text(self.cache.namespace(), &*self.model, &request);
        let Some(key) = key else {
            return self.model.stream(request, cx);
        };
        let model = Arc::clone(&self.model);
        self.cache.stream(key, cx, move |cx| model.stream(request, cx))
    }
}
