//! Token counts, and where they come from.

use runnable_chat::prelude::*;
use runnable_conversations::{CountSource, TokenCount, TokenEstimate, count_message, count_tokens};
use serde_json::json;

fn answered(usage: Usage) -> Message {
    let mut answer = AiMessage::new("a long answer that the provider has counted");
    answer.usage = Some(usage);
    answer.into()
}

#[test]
fn an_estimate_says_that_it_is_one() {
    let count = count_tokens(&[human("Why?")], &TokenEstimate);
    assert_eq!(count, TokenCount::new(5, CountSource::Estimate));
    assert!(count.is_estimate());
}

#[test]
fn the_provider_counts_an_answer_without_its_reasoning() {
    let count = count_message(&answered(Usage::new(100, 30).with_reasoning(20)), &TokenEstimate);
    assert_eq!(count, TokenCount::new(14, CountSource::Provider));
}

#[test]
fn a_sum_is_as_exact_as_its_least_exact_part() {
    let count = count_tokens(&[human("Why?"), answered(Usage::new(9, 3))], &TokenEstimate);
    assert_eq!(count, TokenCount::new(12, CountSource::Estimate));
    let count = count_tokens(&[answered(Usage::new(9, 3))], &TokenEstimate);
    assert!(!count.is_estimate());
}

#[test]
fn arguments_of_tool_calls_are_counted() {
    let call = |args| {
        let call = AiMessage::new("").with_block(ToolCall::new("1", "tool", args));
        count_message(&call.into(), &TokenEstimate).tokens
    };
    assert_eq!(call(json!({"city": "a".repeat(400)})) - call(json!({"city": ""})), 100);
}

#[test]
fn the_count_of_an_image_is_an_estimate() {
    let image = ContentBlock::Image(Media::from_url("https://example.com/a.png"));
    let count = count_message(&HumanMessage::new("").with_block(image).into(), &TokenEstimate);
    assert_eq!(count, TokenCount::new(1_004, CountSource::Estimate));
}

#[cfg(feature = "tiktoken")]
#[test]
fn tiktoken_counts_the_tokens_of_openai() {
    use runnable_conversations::{TiktokenCounter, TokenCounter};

    let counter = TiktokenCounter::for_model("gpt-4o-mini").unwrap();
    assert_eq!(counter.count_text("tiktoken is great!"), 6);
    assert_eq!(TiktokenCounter::cl100k().count_text("tiktoken is great!"), 6);
    // A text of a user is never a special token.
    assert!(counter.count_text("<|endoftext|>") > 1);
    assert_eq!(count_tokens(&[human("Why?")], &counter).source, CountSource::Tokenizer);
    let error = TiktokenCounter::for_model("unheard-of").unwrap_err();
    assert!(error.message().contains("`unheard-of`"), "{error}");
}
