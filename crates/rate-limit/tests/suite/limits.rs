//! How much a limiter lets through.

use std::time::Duration;

use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use runnable_chat::{
    embedding::{Embedding, EmbeddingProvider},
    metering::USAGE_REPORT,
    model::ChatOptions,
    prelude::*,
};
use runnable_rate_limit::{ModelRateLimitExt, Quantity, RateLimitExt, RateLimiter};
use runnable_testing::{ScriptedReply, ScriptedTextModel};
use tokio::time::{Instant, sleep, timeout};

use crate::clocked_model::{ClockedModel, most_in_any_period};

const MINUTE: Duration = Duration::from_secs(60);

/// Sends requests for ten minutes from more callers than the limiter lets through.
async fn ten_minutes(model: &ChatModel, callers: usize) {
    let calls = (0..callers).map(|_| async {
        loop {
            model.invoke("0123456789012345").await.unwrap();
        }
    });
    let calls = futures::future::join_all(calls);
    timeout(10 * MINUTE, calls).await.expect_err("the callers never stop");
}

/// Returns the times of the requests in these ten minutes, each with this amount.
fn in_ten_minutes(clocked: &ClockedModel, amount: u64) -> Vec<(Duration, u64)> {
    let times = clocked.times().into_iter().filter(|time| *time < 10 * MINUTE);
    times.map(|time| (time, amount)).collect()
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_let_through_what_is_allowed_within_one_percent() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(600);
    // An answer takes 7 ms, so that requests do not all arrive at once.
    let model =
        clocked.answering(|_| ScriptedReply::complete("ok").delay(Duration::from_millis(7)));
    ten_minutes(&model.with_rate_limiter(&limiter), 40).await;
    let requests = in_ten_minutes(&clocked, 1);
    assert!((5_940..=6_000).contains(&requests.len()), "{} requests", requests.len());
    assert_eq!(most_in_any_period(&requests, MINUTE), 600);
}

#[tokio::test(start_paused = true)]
async fn several_limits_apply_together() {
    let clocked = ClockedModel::new();
    let second = Duration::from_secs(1);
    let limiter = RateLimiter::new().requests_per_minute(300).limit(Quantity::Requests, 10, second);
    ten_minutes(&clocked.to_model().with_rate_limiter(&limiter), 20).await;
    let requests = in_ten_minutes(&clocked, 1);
    assert!((2_970..=3_000).contains(&requests.len()), "{} requests", requests.len());
    assert_eq!(most_in_any_period(&requests, MINUTE), 300);
    assert_eq!(most_in_any_period(&requests, second), 10);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_let_through_within_one_percent_of_the_limit() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().tokens_per_minute(6_000).count_input_with(|_| 20);
    let model = clocked
        .answering(|_| ScriptedReply::complete("ok").usage(Usage::new(20, 10)))
        .with_rate_limiter(&limiter)
        .max_tokens(10);
    ten_minutes(&model, 20).await;
    let tokens = in_ten_minutes(&clocked, 30);
    assert!((1_980..=2_000).contains(&tokens.len()), "{} requests", tokens.len());
    assert_eq!(most_in_any_period(&tokens, MINUTE), 6_000);
}

#[tokio::test(start_paused = true)]
async fn the_usage_of_an_answer_replaces_the_estimate() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().tokens_per_minute(100).count_input_with(|_| 40);
    let model = clocked.answering(|text| {
        let output = if text == "long" { 60 } else { 0 };
        ScriptedReply::complete("ok").usage(Usage::new(10, output))
    });
    let model = model.with_rate_limiter(&limiter).max_tokens(1);
    // Each of the first calls is estimated at 41 tokens and uses 10.
    for _ in 0..3 {
        model.invoke("short").await.unwrap();
    }
    // This call uses 70 tokens, so that the limit is reached.
    model.stream("long").concat().await.unwrap();
    model.invoke("short").await.unwrap();
    assert_eq!(clocked.seconds(), [0, 0, 0, 0, 60]);
}

#[tokio::test(start_paused = true)]
async fn input_and_output_tokens_can_have_their_own_limits() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().limit(Quantity::InputTokens, 1_000_000, MINUTE).limit(
        Quantity::OutputTokens,
        25,
        MINUTE,
    );
    let model = clocked.answering(|_| ScriptedReply::complete("ok").usage(Usage::new(500, 10)));
    let model = model.with_rate_limiter(&limiter).max_tokens(10);
    for _ in 0..5 {
        model.invoke("Hi").await.unwrap();
    }
    assert_eq!(clocked.seconds(), [0, 0, 60, 60, 120]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_larger_than_the_limit_is_let_through_alone() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().tokens_per_minute(10).count_input_with(|_| 1_000);
    let model = clocked.to_model().with_rate_limiter(&limiter);
    model.invoke("one").await.unwrap();
    model.invoke("two").await.unwrap();
    assert_eq!(clocked.seconds(), [0, 60]);
}

#[tokio::test(start_paused = true)]
async fn clones_and_chains_share_the_limits() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(2);
    let first = clocked.to_model().with_rate_limiter(&limiter);
    let second = clocked.to_model().with_rate_limiter(&limiter.clone()).pipe(text());
    first.invoke("1").await.unwrap();
    second.invoke("2").await.unwrap();
    first.clone().temperature(0.0).invoke("3").await.unwrap();
    assert_eq!(clocked.seconds(), [0, 0, 60]);
}

#[tokio::test(start_paused = true)]
async fn unused_amounts_are_not_saved_up() {
    let clocked = ClockedModel::new();
    let limiter = RateLimiter::new().requests_per_minute(2);
    let model = clocked.to_model().with_rate_limiter(&limiter);
    sleep(10 * MINUTE).await;
    for _ in 0..4 {
        model.invoke("Hi").await.unwrap();
    }
    assert_eq!(clocked.seconds(), [600, 600, 660, 660]);
}

#[tokio::test]
async fn a_limit_that_lets_nothing_through_is_an_error() {
    let minute_of_nothing = RateLimiter::new().requests_per_minute(0);
    let no_period = RateLimiter::new().limit(Quantity::Tokens, 1, Duration::ZERO);
    let no_tokens = RateLimiter::new().tokens_per_minute(0);
    let too_long = RateLimiter::new().limit(Quantity::Tokens, 1, Duration::MAX);
    for limiter in [minute_of_nothing, no_tokens, no_period, too_long] {
        let model = ClockedModel::new().to_model().with_rate_limiter(&limiter);
        let error = model.invoke("Hi").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("invalid rate limit"), "{error}");
        assert!(!error.message().contains("Tokens"), "{error}");
    }
}

/// An embedding model that reports 60 tokens per call.
#[derive(Debug)]
struct Embeds;

impl EmbeddingProvider for Embeds {
    fn run_name(&self) -> &str {
        "Embeds"
    }

    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        cx.emit_report(USAGE_REPORT, &Usage::new(40, 0));
        cx.emit_report(USAGE_REPORT, &Usage::new(20, 0));
        ready(Ok(texts.iter().map(|_| vec![1.0]).collect())).boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn the_usage_that_an_embedding_model_reports_replaces_the_estimate() {
    let start = Instant::now();
    let limiter = RateLimiter::new().limit(Quantity::InputTokens, 100, MINUTE);
    let model = EmbeddingModel::new(Embeds).with_rate_limiter(&limiter);
    let mut times = Vec::new();
    for _ in 0..4 {
        // A call is estimated at one token.
        model.invoke(vec!["Hi".to_owned()]).await.unwrap();
        times.push(start.elapsed().as_secs());
    }
    assert_eq!(times, [0, 0, 60, 60]);
}

#[tokio::test(start_paused = true)]
async fn the_usage_that_a_text_model_reports_replaces_the_estimate() {
    let start = Instant::now();
    let limiter = RateLimiter::new().tokens_per_minute(100);
    let answer = || ScriptedReply::words("a b c").usage(Usage::new(40, 20));
    let script = ScriptedTextModel::new([answer(), answer(), answer(), answer()]);
    let options = ChatOptions::new().max_tokens(1);
    let model = script.to_model().with_options(options).with_rate_limiter(&limiter);
    let mut times = Vec::new();
    for _ in 0..4 {
        assert_eq!(model.invoke("Hi").await.unwrap(), "a b c");
        times.push(start.elapsed().as_secs());
    }
    assert_eq!(times, [0, 0, 60, 60]);
}

#[tokio::test(start_paused = true)]
async fn the_reports_of_models_inside_a_step_replace_its_estimate() {
    let start = Instant::now();
    let limiter = RateLimiter::new().limit(Quantity::InputTokens, 100, MINUTE);
    let step = EmbeddingModel::new(Embeds).with_rate_limit(&limiter);
    for _ in 0..3 {
        step.invoke(vec!["Hi".to_owned()]).await.unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 60);
}
