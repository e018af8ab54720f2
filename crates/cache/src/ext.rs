//! [`CacheExt`]: adds a cache to a model.

use runnable_chat::{ChatModel, EmbeddingModel, TextModel};

use crate::{
    AnswerCache,
    model::{CachedChat, CachedEmbeddings, CachedText},
};

/// Adds [`with_cache`](Self::with_cache) to models.
pub trait CacheExt: Sized {
    /// Answers from `cache` if it has the answer, and calls the model otherwise.
    ///
    /// The options of the model can still be changed afterwards, because they are part of each
    /// request. Several models can use the same cache.
    ///
    /// The cache is inside the run of the model. Therefore a retry around the model gets the cached
    /// answer again. If it is the text of an answer that made a later step fail, see
    /// [`AnswerCache::keep_if`].
    ///
    /// Calls that share a request wait for it without a permit of
    /// [`max_concurrency`](runnable_core::RunConfig::max_concurrency). The request counts for the
    /// limit of the call that has started it. If calls of other limits wait for the request, too, it
    /// does not wait for permits, and can exceed this limit. Steps that the provider of the model
    /// calls are inside the run of the call that has started the request. If that call is dropped,
    /// the runs of these steps end as cancelled for its listeners, and the request continues for the
    /// other calls.
    ///
    /// An embedding model looks up each text separately, and calls the model for the missing texts
    /// only. Calls of embedding models at the same time do not share their requests.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_cache::{AnswerCache, CacheExt};
    /// use runnable_chat::prelude::*;
    ///
    /// # #[cfg(feature = "moka")]
    /// fn cached(model: ChatModel) -> ChatModel {
    ///     model.with_cache(&AnswerCache::in_memory()).temperature(0.0)
    /// }
    /// ```
    #[must_use]
    fn with_cache(self, cache: &AnswerCache) -> Self;
}

impl CacheExt for ChatModel {
    fn with_cache(self, cache: &AnswerCache) -> Self {
        self.map_provider(|model| CachedChat::new(model, cache.clone()))
    }
}

impl CacheExt for TextModel {
    fn with_cache(self, cache: &AnswerCache) -> Self {
        self.map_provider(|model| CachedText::new(model, cache.clone()))
    }
}

impl CacheExt for EmbeddingModel {
    fn with_cache(self, cache: &AnswerCache) -> Self {
        self.map_provider(|model| CachedEmbeddings::new(model, cache.clone()))
    }
}
