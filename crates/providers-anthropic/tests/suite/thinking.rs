//! How long a model is told to think.

use proptest::prelude::*;
use runnable_chat::{
    ChatOptions,
    model::ReasoningEffort,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_core::ErrorKind;
use serde_json::{Value, json};

use super::wire::{body_for, refusal};

fn asked(model: &str, options: ChatOptions) -> Value {
    let mut body = body_for(model, "Why?", options).unwrap();
    json!([body["thinking"].take(), body["output_config"].take(), body["max_tokens"].take()])
}

fn effort(effort: ReasoningEffort) -> ChatOptions {
    ChatOptions::new().reasoning_effort(effort)
}

#[test]
fn an_effort_is_a_budget_or_a_word_by_the_age_of_the_model() {
    let high = || effort(ReasoningEffort::High);
    assert_eq!(
        asked("claude-sonnet-4-5", high()),
        json!([{"type": "enabled", "budget_tokens": 16_384}, null, 64_000])
    );
    assert_eq!(
        asked("claude-opus-4-6", high()),
        json!([{"type": "adaptive"}, {"effort": "high"}, 128_000])
    );
    assert_eq!(
        asked("claude-sonnet-4-5", high().max_tokens(2_000)),
        json!([{"type": "enabled", "budget_tokens": 1_024}, null, 2_000])
    );
}

#[test]
fn a_budget_is_kept_to_the_token() {
    let budget = |tokens| effort(ReasoningEffort::Budget(tokens));
    assert_eq!(
        asked("claude-sonnet-4-5", budget(1_500).max_tokens(2_000)),
        json!([{"type": "enabled", "budget_tokens": 1_500}, null, 2_000])
    );
    assert_eq!(
        asked("claude-3-7-sonnet-latest", budget(100_000)),
        json!([{"type": "enabled", "budget_tokens": 100_000}, null, 164_000])
    );
    assert!(refusal("Why?", budget(2_000).max_tokens(2_000)).contains("set max_tokens higher"));
    assert!(refusal("Why?", budget(1_000)).contains("none below 1024"));
    assert_eq!(asked("claude-opus-4-6", budget(1_500))[0]["budget_tokens"], 1_500);
}

#[test]
fn a_model_that_takes_no_budget_is_not_sent_one() {
    for (model, most) in [
        ("claude-opus-4-7", 128_000),
        ("anthropic.claude-mythos-preview", 64_000),
        ("claude-fable-5", 128_000),
    ] {
        let refused = body_for(model, "Why?", effort(ReasoningEffort::Budget(2_000))).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        assert!(refused.to_string().contains("such as `High`"), "{refused}");
        let asked = asked(model, effort(ReasoningEffort::High));
        assert_eq!(asked, json!([{"type": "adaptive"}, {"effort": "high"}, most]), "{model}");
    }
}

#[test]
fn not_to_think_is_what_a_claude_does_unless_told() {
    let none = || effort(ReasoningEffort::None);
    assert_eq!(asked("claude-opus-4-7", none()), json!([null, null, 128_000]));
    assert_eq!(asked("deepseek-chat", none()), json!([{"type": "disabled"}, null, 8_192]));
}

#[test]
fn what_a_model_that_thinks_cannot_follow_is_named() {
    let low = || effort(ReasoningEffort::Low);
    let says = |options: ChatOptions, part: &str| {
        let said = refusal("Why?", options);
        assert!(said.contains(part), "{said}");
    };
    says(low().temperature(0.5), "temperature is 0.5");
    says(low().top_p(0.5), "top_p is 0.5");
    says(low().max_tokens(1_024), "needs more than 1024");
    let clock = ToolDefinition::new("clock", "", Value::Null);
    says(low().tools([clock]).tool_choice(ToolChoice::Required), "tool_choice forces a call");
    assert_eq!(asked("claude-sonnet-4-5", low().temperature(1.0))[0]["type"], "enabled");
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
        let asked = asked("claude-sonnet-4-5", options);
        let budget = asked[0]["budget_tokens"].as_u64().unwrap();
        prop_assert!((1_024..max_tokens).contains(&budget));
    }
}
