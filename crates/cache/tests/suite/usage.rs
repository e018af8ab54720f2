//! The usage and the cost of answers from a cache.

use std::pin::pin;

use futures::{FutureExt, future::join_all};
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::{
    AiMessageChunk, Cost, UsageMeter,
    metering::{SpendingLimit, SpendingLimitExt},
    prelude::*,
};
use runnable_testing::{ScriptedChatModel, ScriptedEmbeddings, ScriptedReply, ScriptedTextModel};

use crate::hand_driven::HandDriven;

fn answer() -> ScriptedReply {
    let chunk = AiMessageChunk::new("Paris")
        .with_model("gpt-4o-mini")
        .with_provider("openai")
        .with_usage(Usage::new(1_000, 200));
    ScriptedReply::message_chunks([chunk])
}

#[tokio::test]
async fn a_cached_answer_keeps_its_tokens_and_costs_nothing() {
    let model = ScriptedChatModel::new([answer()]).to_model();
    let model = model.with_cache(&AnswerCache::in_memory());
    let meter = UsageMeter::new();
    let config = || RunConfig::new().listener(meter.clone());

    let first = model.invoke("France?").config(config()).await.unwrap().usage.unwrap();
    let cost = meter.totals().total().cost;
    assert!(!first.is_cached() && cost.known > Cost::ZERO);

    let second = model.stream("France?").config(config()).concat().await.unwrap().usage.unwrap();
    assert!(second.is_cached());
    assert_eq!((second.input_tokens, second.output_tokens), (1_000, 200));
    assert_eq!(second.billed(), Usage::default());

    let total = meter.totals().total();
    assert_eq!(total.cost, cost);
    assert_eq!(total.usage.billed(), Usage::new(1_000, 200));
    assert_eq!(total.usage.answer_cache_details.answers, 1);
    let printed = meter.totals().to_string();
    assert_eq!(printed, "2 calls, 1000 → 200 tokens, $0.00027, 1 answer from the cache");
}

#[tokio::test]
async fn cached_answers_do_not_count_for_a_spending_limit() {
    let model = ScriptedChatModel::new([answer(), answer()]).to_model();
    let model = model.with_cache(&AnswerCache::in_memory());
    let limit = SpendingLimit::new().max_tokens(2_000).max_cost(Cost::from_cents(50));
    let limited = model.pipe(text()).with_spending_limit(limit);
    for _ in 0..10 {
        assert_eq!(limited.invoke("France?").await.unwrap(), "Paris");
    }
    assert_eq!(limited.invoke("And again?").await.unwrap(), "Paris");
    let error = limited.invoke("France?").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SpendingLimit);
}

#[tokio::test]
async fn a_cached_answer_without_a_usage_has_no_unknown_cost() {
    let model = ScriptedChatModel::new(["Paris"]).to_model();
    let model = model.with_cache(&AnswerCache::in_memory());
    model.invoke("France?").await.unwrap();
    let meter = UsageMeter::new();
    let config = RunConfig::new().listener(meter.clone());
    model.invoke("France?").config(config).await.unwrap();
    let total = meter.totals().total();
    assert_eq!((total.cost.known, total.calls_without_usage), (Cost::ZERO, 0));
}

#[test]
fn one_of_the_calls_that_share_a_request_reports_the_usage() {
    let script = HandDriven::default();
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    let mut calls = pin!(join_all((0..5).map(|_| model.invoke("France?"))));
    assert!(calls.as_mut().now_or_never().is_none());
    script.send_chunk(0, AiMessageChunk::new("Paris").with_usage(Usage::new(10, 1)));
    script.send_chunk(0, AiMessageChunk::default().with_added_usage(Usage::new(0, 4)));
    script.end(0);
    let answers = calls.now_or_never().expect("all calls have their answers");
    let total: Usage = answers.iter().map(|answer| answer.as_ref().unwrap().usage.unwrap()).sum();
    assert_eq!(total.billed(), Usage::new(10, 5));
    assert_eq!(total.answer_cache_details.answers, 4);
    assert_eq!(total.output_tokens, 25);
}

#[test]
fn another_call_reports_the_usage_if_the_first_is_dropped() {
    let script = HandDriven::default();
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    let mut first = model.stream("France?");
    assert!(first.next().now_or_never().is_none());
    let mut second = model.stream("France?");
    assert!(second.next().now_or_never().is_none());
    drop(first);
    script.send_chunk(0, AiMessageChunk::new("Paris").with_usage(Usage::new(10, 1)));
    let chunk = second.next().now_or_never().flatten().unwrap().unwrap();
    assert_eq!(chunk.usage(), Some(Usage::new(10, 1)));
}

#[tokio::test]
async fn cached_texts_and_vectors_cost_nothing() {
    let cache = AnswerCache::in_memory();
    let text = ScriptedTextModel::new(["Paris"]).to_model().with_cache(&cache);
    let vectors = ScriptedEmbeddings::new(2).to_model().with_cache(&cache);
    let texts = || vec!["Paris".to_owned(), "Madrid".to_owned()];
    text.invoke("The capital of France is").await.unwrap();
    vectors.invoke(texts()).await.unwrap();

    let meter = UsageMeter::new();
    let config = RunConfig::new().listener(meter.clone());
    text.invoke("The capital of France is").config(config.clone()).await.unwrap();
    vectors.invoke(texts()).config(config).await.unwrap();
    let total = meter.totals().total();
    assert_eq!((total.calls, total.calls_without_usage), (2, 0));
    assert_eq!(total.cost.total(), Some(Cost::ZERO));
    assert_eq!(total.usage.answer_cache_details.answers, 2);
}
