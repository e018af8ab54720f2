//! Answers are sent back to the service unchanged.

use providers_openai::{Api, OpenAiBuilder, deepseek, openai, openrouter};
use runnable_chat::{ChatOptions, Message, ToolMessage, human};
use serde_json::{Value, json};

use crate::{answers::whole, written::body};

#[test]
fn items_are_sent_back_unchanged() {
    let items = json!([
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [
                {"type": "summary_text", "text": "First."},
                {"type": "summary_text", "text": "Then."},
            ],
            "encrypted_content": "xyz",
        },
        {"type": "reasoning", "id": "rs_2", "summary": [], "content": [
            {"type": "reasoning_text", "text": "Hm."},
        ]},
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {
            "type": "search", "query": "weather Oslo",
        }},
        {
            "type": "image_generation_call",
            "id": "ig_1",
            "status": "completed",
            "output_format": "png",
            "result": "AAAA",
        },
        {
            "type": "message",
            "role": "assistant",
            "id": "msg_1",
            "status": "completed",
            "phase": "commentary",
            "content": [
                {"type": "output_text", "text": "Rain.", "logprobs": [], "annotations": [{
                    "type": "url_citation",
                    "url": "https://a.org",
                    "title": "A",
                    "start_index": 0,
                    "end_index": 5,
                }]},
                {"type": "refusal", "refusal": "I will not say more."},
            ],
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "lookup",
            "arguments": "{\"city\":\"Oslo\"}",
        },
        {
            "type": "custom_tool_call",
            "id": "ctc_1",
            "call_id": "call_2",
            "name": "sql",
            "input": "SELECT 1",
        },
        {"type": "mcp_approval_request", "id": "mcpr_1", "name": "roll", "arguments": "{}"},
    ]);
    let model = || openai("gpt-5").api(Api::Responses);
    let response = json!({"id": "resp_1", "status": "completed", "output": items});
    let answer = whole(&model().protocol(), response.to_string().as_bytes()).message;
    // Store and load the message, as a program does.
    let stored = serde_json::to_string(&Message::from(answer)).expect("a serialized message");
    let answer: Message = serde_json::from_str(&stored).expect("a deserialized message");
    let conversation = vec![
        human("Weather?"),
        answer,
        ToolMessage::new("call_1", "Rain.").into(),
        ToolMessage::new("call_2", "1").into(),
    ];
    let mut sent = body(model(), conversation, ChatOptions::new());
    let Value::Array(sent) = sent["input"].take() else { panic!("{sent}") };
    let Value::Array(items) = items else { panic!("{items}") };
    let (results, answer) = (&sent[items.len() + 1..], &sent[1..=items.len()]);
    assert_eq!(answer, items);
    assert_eq!(
        results,
        [
            json!({"type": "function_call_output", "call_id": "call_1", "output": "Rain."}),
            json!({"type": "custom_tool_call_output", "call_id": "call_2", "output": "1"}),
        ]
    );
}

/// Returns the message as it is sent back while the model calls tools.
fn back(model: fn(&'static str) -> OpenAiBuilder, message: &Value) -> Value {
    let response = json!({"id": "1", "choices": [{"index": 0, "message": message}]});
    let answer = whole(&model("m").protocol(), response.to_string().as_bytes()).message;
    let conversation = vec![human("Weather?"), answer.into()];
    body(model("m"), conversation, ChatOptions::new())["messages"][1].take()
}

#[test]
fn a_message_with_calls_is_sent_back_unchanged() {
    let message = json!({
        "role": "assistant",
        "content": "Let me see.",
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "lookup", "arguments": "{\"city\":\"Oslo\"}"},
                // The thought signature of Google's compatible API.
                "extra_content": {"google": {"thought_signature": "xyz"}},
            },
            {"id": "call_2", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}},
        ],
    });
    assert_eq!(back(openai, &message), message);
}

#[test]
fn reasoning_is_sent_back_in_its_original_form() {
    let message = json!({
        "role": "assistant",
        "content": "Rain.",
        "reasoning_details": [
            {"type": "reasoning.text", "text": "Hm.", "signature": "abc", "format": "anthropic",
                "index": 0},
            {"type": "reasoning.summary", "summary": "It rains.", "format": "openai", "index": 1},
            {"type": "reasoning.encrypted", "data": "xyz", "id": "rs_1", "format": "openai",
                "index": 2},
        ],
    });
    assert_eq!(back(openrouter, &message), message);
    let message = json!({"role": "assistant", "content": "Rain.", "reasoning_content": "Hm."});
    assert_eq!(back(deepseek, &message), message);
}

#[test]
fn a_legacy_function_call_is_sent_back_unchanged() {
    let message = json!({
        "role": "assistant",
        "content": null,
        "function_call": {"name": "lookup", "arguments": "{}"},
    });
    assert_eq!(back(openai, &message), message);
}
