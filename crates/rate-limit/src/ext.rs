//! The traits that add a rate limiter to models and other steps.

use runnable_chat::{ChatModel, EmbeddingModel, TextModel};
use runnable_core::Runnable;

use crate::{
    RateLimited, RateLimiter,
    model::{LimitedChat, LimitedEmbeddings, LimitedText},
};

/// Adds [`with_rate_limiter`](Self::with_rate_limiter) to models.
pub trait ModelRateLimitExt: Sized {
    /// Lets each request of this model wait until `limiter` lets it through.
    ///
    /// The options of the model can still be changed afterwards. The wait is part of the run of the
    /// model. The limiter counts each call as one request: if the transport of the model retries a
    /// request, the limiter does not see the failed attempts. To count each attempt, put a
    /// [`with_retry`](runnable_core::RunnableExt::with_retry) around the model: the transport then
    /// leaves the retries to it.
    ///
    /// If the model also has a cache of answers, add the limiter first. Answers from the cache then
    /// do not wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_rate_limit::{ModelRateLimitExt, RateLimiter};
    ///
    /// fn limited(fast: ChatModel, careful: ChatModel) -> (ChatModel, ChatModel) {
    ///     // Both models belong to the same account.
    ///     let limiter = RateLimiter::new().requests_per_minute(500);
    ///     (fast.with_rate_limiter(&limiter), careful.with_rate_limiter(&limiter))
    /// }
    /// ```
    #[doc(alias = "rate_limiter")]
    #[must_use]
    fn with_rate_limiter(self, limiter: &RateLimiter) -> Self;
}

impl ModelRateLimitExt for ChatModel {
    fn with_rate_limiter(self, limiter: &RateLimiter) -> Self {
        self.map_provider(|model| LimitedChat::new(model, limiter.clone()))
    }
}

impl ModelRateLimitExt for TextModel {
    fn with_rate_limiter(self, limiter: &RateLimiter) -> Self {
        self.map_provider(|model| LimitedText::new(model, limiter.clone()))
    }
}

impl ModelRateLimitExt for EmbeddingModel {
    fn with_rate_limiter(self, limiter: &RateLimiter) -> Self {
        self.map_provider(|model| LimitedEmbeddings::new(model, limiter.clone()))
    }
}

/// Adds [`with_rate_limit`](Self::with_rate_limit) to every step.
pub trait RateLimitExt: Runnable {
    /// Lets each call of this step wait until `limiter` lets it through. A call counts as one
    /// request.
    ///
    /// [`RateLimited`] describes how tokens are counted. For a model, use
    /// [`with_rate_limiter`](ModelRateLimitExt::with_rate_limiter) instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    /// use runnable_rate_limit::{Quantity, RateLimitExt, RateLimiter};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<()> {
    /// let limiter = RateLimiter::new().limit(Quantity::Requests, 1, Duration::from_secs(5));
    /// let search = lambda(|words: String| words.len() as u64).with_rate_limit(&limiter);
    ///
    /// let start = tokio::time::Instant::now();
    /// search.batch(["cats", "dogs", "birds"]).await;
    /// assert_eq!(start.elapsed().as_secs(), 10);
    /// # Ok(())
    /// # }
    /// ```
    fn with_rate_limit(self, limiter: &RateLimiter) -> RateLimited<Self> {
        RateLimited::new(self, limiter.clone())
    }
}

impl<R: Runnable> RateLimitExt for R {}
