//! A model with a cache and a rate limiter.

use std::time::Duration;

use runnable::{
    cache::{AnswerCache, CacheExt},
    prelude::*,
    rate_limit::{ModelRateLimitExt, Quantity, RateLimiter},
    testing::ScriptedChatModel,
};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn an_answer_from_the_cache_does_not_wait_for_the_limiter() {
    let limiter = RateLimiter::new().limit(Quantity::Requests, 1, Duration::from_secs(60));
    let script = ScriptedChatModel::new(["Paris", "Rome"]);
    let model = script.to_model().with_rate_limiter(&limiter).with_cache(&AnswerCache::in_memory());
    let start = Instant::now();
    for _ in 0..3 {
        assert_eq!(model.invoke("France?").await.unwrap().text(), "Paris");
        assert_eq!(model.stream("France?").concat().await.unwrap().text(), "Paris");
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    model.invoke("Italy?").await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 60);
}
