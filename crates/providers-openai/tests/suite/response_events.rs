//! The events of the Responses API, as services send them.

use providers_openai::{Api, OpenAiProtocol, openai};
use runnable_chat::{AiMessage, ContentBlock, FinishReason};
use runnable_core::ErrorKind;
use serde_json::{Value, json};

use crate::answers::{Read, events, whole};

fn protocol() -> OpenAiProtocol {
    openai("m").api(Api::Responses).protocol()
}

fn read(data: &[Value]) -> Read {
    let data: Vec<_> = data.iter().map(Value::to_string).collect();
    events(&protocol(), &data.iter().map(String::as_str).collect::<Vec<_>>())
}

fn event(kind: &str, mut fields: Value) -> Value {
    fields["type"] = format!("response.{kind}").into();
    fields
}

fn completed(output: Value) -> Value {
    let response = json!({"id": "resp_1", "model": "m", "status": "completed", "output": output});
    event("completed", json!({"response": response}))
}

fn answer(data: &[Value]) -> AiMessage {
    let read = read(data);
    assert!(read.error.is_none(), "{:?}", read.error);
    read.message
}

#[test]
fn an_item_that_was_not_streamed_is_read_at_its_end() {
    let item = json!({"type": "message", "id": "msg_1", "content": [
        {"type": "output_text", "text": "Hello", "annotations": [
            {"type": "url_citation", "url": "https://a.org", "start_index": 0, "end_index": 5},
        ]},
        {"type": "refusal", "refusal": "I will not."},
    ]});
    let done = || event("output_item.done", json!({"output_index": 0, "item": item}));
    let text_done =
        event("output_text.done", json!({"output_index": 0, "content_index": 0, "text": "Hello"}));
    let begin = event(
        "output_item.added",
        json!({"output_index": 0, "item": {
            "type": "message", "id": "msg_1", "content": [],
        }}),
    );
    let piece =
        event("output_text.delta", json!({"output_index": 0, "content_index": 0, "delta": "Hel"}));
    let expected = answer(&[completed(json!([item]))]);
    assert_eq!(expected.text(), "Hello");
    assert_eq!(expected.refusal().as_deref(), Some("I will not."));
    for stream in [
        vec![done(), completed(json!([item]))],
        vec![begin.clone(), piece.clone(), done(), completed(json!([item]))],
        vec![begin.clone(), text_done, done(), completed(json!([]))],
        vec![begin, piece.clone(), done(), done(), completed(json!([item]))],
    ] {
        assert_eq!(answer(&stream), expected, "{stream:?}");
    }
    // Without the event that starts the item, the ID of the item arrives too late for its first
    // chunk.
    assert_eq!(answer(&[piece, done(), completed(json!([item]))]).text(), "Hello");
}

#[test]
fn streamed_arguments_are_not_repeated() {
    let begin = event(
        "output_item.added",
        json!({"output_index": 1, "item": {
            "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "",
        }}),
    );
    let piece = |args: &str| {
        event("function_call_arguments.delta", json!({"output_index": 1, "delta": args}))
    };
    let all = event(
        "function_call_arguments.done",
        json!({"output_index": 1, "arguments": "{\"x\": 1}"}),
    );
    let done = event(
        "output_item.done",
        json!({"output_index": 1, "item": {
            "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f",
            "arguments": "{\"x\": 1}",
        }}),
    );
    let end = completed(json!([]));
    for stream in [
        vec![begin.clone(), piece("{\"x\""), piece(": 1}"), all.clone(), done.clone(), end.clone()],
        vec![begin.clone(), piece("{\"x\""), all.clone(), end.clone()],
        vec![begin.clone(), all, done.clone(), end.clone()],
        vec![begin, done.clone(), end.clone()],
        vec![done, end],
    ] {
        let answer = answer(&stream);
        let calls: Vec<_> = answer.tool_calls().collect();
        assert_eq!(calls.len(), 1, "{stream:?}");
        assert_eq!((calls[0].id.as_deref(), &calls[0].args), (Some("call_1"), &json!({"x": 1})));
        assert_eq!(answer.finish_reason, Some(FinishReason::ToolCalls));
    }
}

#[test]
fn the_parts_of_a_summary_are_blocks_of_one_item() {
    let item = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "xyz", "summary": [
        {"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Then."},
    ]});
    let answer = answer(&[completed(json!([item]))]);
    let blocks: Vec<_> = answer
        .content
        .iter()
        .map(|block| match block {
            ContentBlock::Reasoning(it) => {
                (it.reasoning.as_str(), it.id.as_deref(), it.encrypted.as_deref())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(blocks, [("First.", Some("rs_1"), Some("xyz")), ("Then.", Some("rs_1"), None)]);
}

#[test]
fn server_tool_calls_have_their_results() {
    let answer = answer(&[completed(json!([
        {"type": "code_interpreter_call", "id": "ci_1", "status": "completed", "code": "1+1",
            "outputs": [{"type": "logs", "logs": "2"}]},
        {"type": "mcp_call", "id": "mcp_1", "name": "roll", "arguments": "{\"n\": 2}",
            "error": "no dice", "output": null},
        {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "AAAA",
            "output_format": "webp"},
        {"type": "mcp_approval_request", "id": "mcpr_1", "name": "roll"},
    ]))]);
    let [
        ContentBlock::ServerToolCall(code),
        ContentBlock::ServerToolResult(logs),
        ContentBlock::ServerToolCall(roll),
        ContentBlock::ServerToolResult(failure),
        ContentBlock::Image(image),
        approval,
    ] = answer.content.as_slice()
    else {
        panic!("{answer:?}")
    };
    assert_eq!((code.name.as_str(), &code.args), ("code_interpreter", &json!({"code": "1+1"})));
    assert_eq!((logs.tool_call_id.as_str(), logs.status.as_deref()), ("ci_1", Some("success")));
    assert_eq!((roll.name.as_str(), &roll.args), ("roll", &json!({"n": 2})));
    assert_eq!((failure.status.as_deref(), &failure.output), (Some("error"), &json!("no dice")));
    assert_eq!(image.mime_type.as_deref(), Some("image/webp"));
    assert_eq!(approval.as_non_standard().expect("a provider-specific block")["id"], "mcpr_1");
}

#[test]
fn an_incomplete_answer_has_its_reason() {
    let response = json!({"id": "resp_1", "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"}, "output": []});
    let answer = answer(&[event("incomplete", json!({"response": response}))]);
    assert_eq!(answer.finish_reason, Some(FinishReason::Length));
    assert_eq!(answer.raw_finish_reason(), Some("max_output_tokens"));
    assert_eq!(answer.metadata["status"], "incomplete");
}

#[test]
fn a_failed_response_is_an_error_after_its_output() {
    let error = json!({"code": "rate_limit_exceeded", "message": "Slow down"});
    let response = json!({"id": "resp_1", "status": "failed", "error": error,
        "usage": {"input_tokens": 3, "output_tokens": 0}});
    let failed = event("failed", json!({"response": response}));
    let failure = read(std::slice::from_ref(&failed));
    assert_eq!(failure.error.expect("an error").kind(), ErrorKind::RateLimit);
    assert_eq!(failure.message.usage.expect("a usage").input_tokens, 3);
    let flat = json!({"type": "error", "code": "server_error", "message": "Sorry", "param": null});
    assert_eq!(read(&[flat]).error.expect("an error").kind(), ErrorKind::Unavailable);
    let body = response.to_string();
    assert_eq!(
        whole(&protocol(), body.as_bytes()).error.expect("an error").kind(),
        ErrorKind::RateLimit
    );
    let created = event("created", json!({"response": {"id": "resp_1", "model": "m"}}));
    let cut = read(&[created]);
    assert_eq!(cut.error.expect("an error").kind(), ErrorKind::Connection);
    assert_eq!(cut.message.id.as_deref(), Some("resp_1"));
}
