//! The settings of extended thinking.

use proptest::prelude::*;
use runnable_chat::{
    ChatOptions,
    model::ReasoningEffort,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_core::ErrorKind;
use serde_json::{Value, json};

use super::wire::{body_for, refusal};

fn thinking_of(model: &str, options: ChatOptions) -> Value {
    let mut body = body_for(model, "Why?", options).unwrap();
    json!([body["thinking"].take(), body["output_config"].take(), body["max_tokens"].take()])
}

fn effort(effort: ReasoningEffort) -> ChatOptions {
    ChatOptions::new().reasoning_effort(effort)
}

#[test]
fn an_effort_is_a_budget_or_a_level_by_the_model() {
    let high = || effort(ReasoningEffort::High);
    assert_eq!(
        thinking_of("claude-sonnet-4-5", high()),
        json!([{"type": "enabled", "budget_tokens": 16_384}, null, 64_000])
    );
    assert_eq!(
        thinking_of("claude-opus-4-6", high()),
        json!([{"type": "adaptive"}, {"effort": "high"}, 128_000])
    );
    assert_eq!(
        thinking_of("claude-sonnet-4-5", high().max_tokens(2_000)),
        json!([{"type": "enabled", "budget_tokens": 1_024}, null, 2_000])
    );
}

#[test]
fn a_budget_is_sent_exactly() {
    let budget = |tokens| effort(ReasoningEffort::Budget(tokens));
    assert_eq!(
        thinking_of("claude-sonnet-4-5", budget(1_500).max_tokens(2_000)),
        json!([{"type": "enabled", "budget_tokens": 1_500}, null, 2_000])
    );
    assert_eq!(
        thinking_of("claude-3-7-sonnet-latest", budget(100_000)),
        json!([{"type": "enabled", "budget_tokens": 100_000}, null, 164_000])
    );
    assert!(
        refusal("Why?", budget(2_000).max_tokens(2_000))
            .contains("must be greater than the reasoning budget")
    );
    assert!(refusal("Why?", budget(1_000)).contains("at least 1024"));
    assert_eq!(thinking_of("claude-opus-4-6", budget(1_500))[0]["budget_tokens"], 1_500);
}

#[test]
fn a_model_without_budgets_does_not_get_one() {
    for (model, most) in [
        ("claude-opus-4-7", 128_000),
        ("anthropic.claude-mythos-preview", 64_000),
        ("claude-fable-5", 128_000),
    ] {
        let refused = body_for(model, "Why?", effort(ReasoningEffort::Budget(2_000))).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        assert!(refused.to_string().contains("such as `High`"), "{refused}");
        let thinking = thinking_of(model, effort(ReasoningEffort::High));
        assert_eq!(thinking, json!([{"type": "adaptive"}, {"effort": "high"}, most]), "{model}");
    }
}

#[test]
fn a_claude_does_not_think_by_default() {
    let none = || effort(ReasoningEffort::None);
    assert_eq!(thinking_of("claude-opus-4-7", none()), json!([null, null, 128_000]));
    assert_eq!(thinking_of("deepseek-chat", none()), json!([{"type": "disabled"}, null, 8_192]));
}

#[test]
fn options_that_conflict_with_thinking_are_named() {
    let low = || effort(ReasoningEffort::Low);
    let assert_refused = |options: ChatOptions, part: &str| {
        let error = refusal("Why?", options);
        assert!(error.contains(part), "{error}");
    };
    assert_refused(low().temperature(0.5), "temperature 0.5");
    assert_refused(low().top_p(0.5), "top_p 0.5");
    assert_refused(low().max_tokens(1_024), "requires more than 1024");
    let clock = ToolDefinition::new("clock", "", Value::Null);
    assert_refused(
        low().tools([clock]).tool_choice(ToolChoice::Required),
        "`tool_choice` forces a tool call",
    );
    assert_eq!(thinking_of("claude-sonnet-4-5", low().temperature(1.0))[0]["type"], "enabled");
}

proptest! {
    #[test]
    fn a_budget_always_leaves_room_for_an_answer(max_tokens in 1_025_u64..200_000, level in 0..5) {
        let efforts = [
            ReasoningEffort::Minimal,
            ReasoningEffort::Low,
            ReasoningEffort::Medium,
            ReasoningEffort::High,
            ReasoningEffort::Max,
        ];
        let options = effort(efforts[level as usize]).max_tokens(max_tokens);
        let thinking = thinking_of("claude-sonnet-4-5", options);
        let budget = thinking[0]["budget_tokens"].as_u64().unwrap();
        prop_assert!((1_024..max_tokens).contains(&budget));
    }
}
