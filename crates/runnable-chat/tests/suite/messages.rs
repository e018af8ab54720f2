//! Messages: their JSON form, and how chunks merge.

use proptest::prelude::*;
use runnable_chat::{ToolMessage, message::ToolStatus, prelude::*};
use runnable_core::Chunk;
use serde_json::json;

#[test]
fn messages_have_the_json_form_of_langchain() {
    let answer = AiMessageChunk::new("Hi")
        .with_finish_reason(FinishReason::Length)
        .with_usage(Usage::new(5, 2))
        .with_model("grey");
    let messages: Vec<Message> = vec![
        system("Be kind."),
        human("Hello"),
        AiMessage::from_chunk(answer).unwrap().into(),
        ToolMessage::error("call_1", "no such city").into(),
    ];
    let expected = json!([
        {"type": "system", "content": "Be kind."},
        {"type": "human", "content": "Hello"},
        {
            "type": "ai",
            "content": "Hi",
            "finish_reason": "length",
            "usage_metadata": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
            "model_name": "grey",
        },
        {"type": "tool", "content": "no such city", "tool_call_id": "call_1", "status": "error"},
    ]);
    assert_eq!(serde_json::to_value(&messages).unwrap(), expected);
    assert_eq!(serde_json::from_value::<Vec<Message>>(expected).unwrap(), messages);
}

#[test]
fn what_is_left_out_has_its_default() {
    let json = json!({"type": "tool", "content": "20 °C", "tool_call_id": "1"});
    let Message::Tool(message) = serde_json::from_value(json).unwrap() else { panic!() };
    assert_eq!(message.status, ToolStatus::Success);
    let json = json!({"type": "ai", "content": "Hi", "additional_kwargs": {}});
    assert_eq!(serde_json::from_value::<Message>(json).unwrap(), ai("Hi"));
}

#[test]
fn a_reason_that_is_not_known_is_kept_as_it_came() {
    let reason: FinishReason = serde_json::from_value(json!("pause_turn")).unwrap();
    assert_eq!(reason, FinishReason::Other("pause_turn".into()));
    assert_eq!(serde_json::to_value(reason).unwrap(), "pause_turn");
}

fn chunks() -> impl Strategy<Value = AiMessageChunk> {
    let reasons = prop::option::of("[a-z]{1,6}".prop_map(FinishReason::from));
    let usages = prop::option::of((0..9u64, 0..9u64).prop_map(|(a, b)| Usage::new(a, b)));
    ("[a-z ]{0,6}", reasons, usages, prop::option::of("[a-z]{1,4}")).prop_map(
        |(text, reason, usage, model)| {
            let mut chunk = AiMessageChunk::new(text);
            chunk.finish_reason = reason;
            chunk.usage = usage;
            chunk.model = model;
            chunk
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_of_an_answer_merge_in_any_grouping(a in chunks(), b in chunks(), c in chunks()) {
        let merge = |mut first: AiMessageChunk, second: &AiMessageChunk| {
            first.merge(second.clone());
            first
        };
        let left = merge(merge(a.clone(), &b), &c);
        let right = merge(a, &merge(b, &c));
        prop_assert_eq!(left, right);
    }
}
