//! Steps of any kind with a limiter.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use runnable_chat::{
    AiMessageChunk,
    message::{RateLimit, RateLimitReset},
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_rate_limit::{ModelRateLimitExt, Quantity, RateLimitExt, RateLimiter};
use runnable_testing::{EventRecorder, ScriptedReply};
use tokio::time::Instant;

use crate::clocked_model::ClockedModel;

#[tokio::test(start_paused = true)]
async fn calls_of_any_step_wait() {
    let limiter = RateLimiter::new().limit(Quantity::Requests, 2, Duration::from_secs(10));
    let start = Instant::now();
    let elapsed = lambda(move |_: u64| start.elapsed().as_secs()).with_rate_limit(&limiter);
    let times: Vec<_> = elapsed.batch([1_u64, 2, 3, 4, 5]).await;
    let times: Vec<_> = times.into_iter().map(Result::unwrap).collect();
    assert_eq!(times, [0, 0, 10, 10, 20]);
}

#[tokio::test(start_paused = true)]
async fn the_usage_of_models_inside_a_step_replaces_the_estimate() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().limit(Quantity::InputTokens, 100, Duration::from_secs(60));
    let model = clocked.answering(|_| ScriptedReply::complete("ok").usage(Usage::new(60, 1)));
    let chain = prompt("{question}").pipe(model).pipe(text()).with_rate_limit(&limiter);
    for _ in 0..3 {
        chain.invoke(dict! { question: "Hi" }).await.unwrap();
    }
    // The first two calls use 120 tokens, although they were estimated at a few.
    assert_eq!(clocked.seconds(), [0, 0, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_limited_step_streams_and_follows_the_reports_of_its_models() {
    let clocked = ClockedModel::new();
    let model = clocked.answering(|_| {
        let mut report = RateLimit::new("requests");
        (report.remaining, report.limit) = (Some(0), Some(10));
        report.reset = Some(RateLimitReset::After(Duration::from_secs(10)));
        let last = AiMessageChunk::new("two").with_rate_limits([report]);
        ScriptedReply::message_chunks([AiMessageChunk::new("one "), last])
    });
    let chain = model.pipe(text()).with_rate_limit(&RateLimiter::new());
    let mut chunks = chain.stream("Count.");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "one ");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "two");
    assert!(chunks.next().await.is_none());
    chain.invoke("Count.").await.unwrap();
    assert_eq!(clocked.seconds(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_run_of_a_limited_step_contains_the_run_of_the_step() {
    let limiter = RateLimiter::new().requests_per_minute(1);
    let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    let limited = shout.with_rate_limit(&limiter);
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    assert_eq!(limited.invoke("hi").config(config).await.unwrap(), "HI");
    assert_eq!(
        recorder.lines(),
        [
            "on_chain_start RateLimited",
            "on_chain_start shout",
            "on_chain_end shout",
            "on_chain_end RateLimited",
        ]
    );
}

/// A model that can count tokens.
#[derive(Debug)]
struct Counting;

impl ChatProvider for Counting {
    fn run_name(&self) -> &str {
        "Counting"
    }

    fn count_tokens(
        &self,
        _: ChatRequest,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        ready(Ok(Some(7))).boxed()
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        ChunkStream::once(AiMessage::new("ok"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_of_tokens_uses_no_request_of_the_limit() {
    let limiter = RateLimiter::new().limit(Quantity::Requests, 1, Duration::from_secs(10));
    let model = ChatModel::new(Counting).with_rate_limiter(&limiter);
    let start = Instant::now();
    assert_eq!(model.count_tokens("Hi").await.unwrap(), Some(7));
    model.invoke("Hi").await.unwrap();
    assert_eq!(model.count_tokens("Hi").await.unwrap(), Some(7));
    assert_eq!(start.elapsed(), Duration::ZERO);
}
