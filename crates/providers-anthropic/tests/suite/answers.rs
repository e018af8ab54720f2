//! Reading responses, including those of faulty gateways.

use providers_anthropic::{AnthropicReader, encode_content};
use runnable_chat::{FinishReason, Usage, message::RateLimit};
use runnable_core::ErrorKind;
use runnable_http::{
    ApiError,
    chat::ChatReader,
    http::{HeaderMap, HeaderValue},
};
use serde_json::{Value, json};

use super::wire::{answer, gathered, pieces, stream, whole};

fn begin() -> Value {
    json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [], "stop_reason": null, "usage": {"input_tokens": 5, "output_tokens": 1},
    }})
}

fn start(index: u32, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u32, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(index: u32, text: &str) -> Value {
    delta(index, json!({"type": "text_delta", "text": text}))
}

fn args(index: u32, json: &str) -> Value {
    delta(index, json!({"type": "input_json_delta", "partial_json": json}))
}

fn stop(index: u32) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn because(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9}})
}

fn end() -> Value {
    json!({"type": "message_stop"})
}

fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "clock", "input": {}})
}

#[test]
fn complete_and_streamed_responses_give_the_same_answer() {
    let streamed = answer(&[
        begin(),
        start(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, json!({"type": "thinking_delta", "thinking": "Let me "})),
        delta(0, json!({"type": "thinking_delta", "thinking": "see."})),
        delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        stop(0),
        json!({"type": "ping"}),
        start(1, json!({"type": "text", "text": ""})),
        delta(
            1,
            json!({"type": "citations_delta", "citation": {
                "type": "char_location", "cited_text": "noon", "document_index": 0,
            }}),
        ),
        text(1, "It is "),
        text(1, "noon."),
        stop(1),
        start(2, json!({"type": "text", "text": ""})),
        text(2, "Or not?"),
        stop(2),
        start(3, call("toolu_1")),
        args(3, ""),
        args(3, "{\"zone\":"),
        args(3, "\"UTC\"}"),
        stop(3),
        because("tool_use"),
        end(),
    ]);
    let whole = whole(&json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [
            {"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"},
            {"type": "text", "text": "It is noon.", "citations": [
                {"type": "char_location", "cited_text": "noon", "document_index": 0},
            ]},
            {"type": "text", "text": "Or not?"},
            {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {"zone": "UTC"}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": null,
        "usage": {"input_tokens": 5, "output_tokens": 9},
    }))
    .unwrap();
    assert_eq!(streamed, whole);
    assert_eq!(whole.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(whole.usage, Some(Usage::new(5, 9)));
}

#[test]
fn usage_is_merged_by_field_and_includes_the_cache() {
    let mut first = begin();
    first["message"]["usage"] = json!({
        "input_tokens": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": null,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 3},
        "output_tokens": 1, "service_tier": "standard",
    });
    let last = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {
        "input_tokens": null, "output_tokens": 50,
        "output_tokens_details": {"thinking_tokens": 40},
    }});
    let answer = answer(&[first, last, end()]);
    let expected = Usage::new(133, 50)
        .with_cache_read(100)
        .with_cache_creation(23)
        .with_cache_creation_1h(3)
        .with_reasoning(40);
    assert_eq!(answer.usage, Some(expected));
    assert_eq!(answer.metadata["usage"]["service_tier"], "standard");
}

#[test]
fn additional_fields_of_an_answer_are_kept() {
    let last = json!({
        "type": "message_delta",
        "delta": {
            "stop_reason": "refusal", "stop_sequence": null,
            "stop_details": {"type": "refusal", "category": "cyber"},
        },
        "context_management": {"applied_edits": []},
    });
    let refused = answer(&[begin(), last, end()]);
    assert_eq!(refused.finish_reason, Some(FinishReason::Refusal));
    assert_eq!(refused.metadata["stop_details"]["category"], "cyber");
    assert_eq!(refused.metadata["context_management"], json!({"applied_edits": []}));
    assert!(!refused.metadata.contains_key("stop_sequence"));

    let metrics = json!({"type": "message_stop", "amazon-bedrock-invocationMetrics": {"n": 1}});
    let metered = answer(&[begin(), because(""), metrics]);
    assert_eq!(metered.metadata["amazon-bedrock-invocationMetrics"], json!({"n": 1}));
    assert_eq!(metered.finish_reason, None, "an empty reason is none");

    let reason = |raw: &str| answer(&[begin(), because(raw), end()]);
    assert_eq!(reason("pause_turn").finish_reason, Some(FinishReason::Pause));
    let too_long = reason("model_context_window_exceeded");
    assert_eq!(too_long.finish_reason, Some(FinishReason::Length));
    assert_eq!(too_long.raw_finish_reason(), Some("model_context_window_exceeded"));
}

#[test]
fn the_first_chunk_has_the_data_of_the_headers() {
    let mut headers = HeaderMap::new();
    headers.insert("anthropic-ratelimit-requests-remaining", HeaderValue::from_static("49"));
    headers.insert("request-id", HeaderValue::from_static("req_1"));
    headers.insert("server", HeaderValue::from_static("x"));
    let mut reader = AnthropicReader::default();
    reader.read_headers(&headers);
    let message = json!({"content": [], "stop_reason": "end_turn"}).to_string();
    let answer = gathered(vec![reader.read_body(message.as_bytes()).unwrap()]);
    assert_eq!(answer.metadata, *json!({"request_id": "req_1"}).as_object().unwrap());
    let mut limit = RateLimit::new("requests");
    limit.remaining = Some(49);
    assert_eq!(answer.rate_limits, [limit]);
}

#[test]
fn truncated_arguments_make_an_invalid_call() {
    let cut = answer(&[
        begin(),
        start(0, call("toolu_1")),
        args(0, "{\"zone\": \"Eu"),
        stop(0),
        because("max_tokens"),
        end(),
    ]);
    assert_eq!(cut.tool_calls().count(), 0);
    assert_eq!(cut.invalid_tool_calls().next().unwrap().args.as_deref(), Some("{\"zone\": \"Eu"));
}

#[test]
fn arguments_of_the_start_are_used_if_no_others_follow() {
    let begun = |id: &str| {
        json!({
            "type": "tool_use", "id": id, "name": "clock", "input": {"zone": "UTC"},
        })
    };
    let answer = answer(&[
        begin(),
        start(0, begun("toolu_1")),
        stop(0),
        start(1, begun("toolu_2")),
        args(1, "{\"zone\":\"CET\"}"),
        stop(1),
        start(2, call("toolu_3")),
        // The last block has no end event.
        because("tool_use"),
        end(),
    ]);
    let args: Vec<_> = answer.tool_calls().map(|call| call.args.clone()).collect();
    assert_eq!(args, [json!({"zone": "UTC"}), json!({"zone": "CET"}), json!({})]);
}

#[test]
fn a_reused_index_makes_two_blocks() {
    let answer = answer(&[
        begin(),
        start(0, json!({"type": "text", "text": ""})),
        text(0, "One."),
        stop(0),
        start(0, json!({"type": "text", "text": ""})),
        text(0, "Two."),
        start(1, call("toolu_1")),
        start(1, call("toolu_2")),
        args(1, "{\"zone\":\"CET\"}"),
        because("tool_use"),
        end(),
    ]);
    assert_eq!(answer.content.len(), 4);
    let args: Vec<_> = answer.tool_calls().map(|call| call.args.clone()).collect();
    assert_eq!(args, [json!({}), json!({"zone": "CET"})]);
}

#[test]
fn parts_of_a_block_without_a_start_are_kept() {
    let answer = answer(&[
        begin(),
        delta(0, json!({"type": "thinking_delta", "thinking": "Hm."})),
        text(0, "Hel"),
        text(0, "lo."),
        args(7, "{}"),
        because("end_turn"),
        end(),
    ]);
    assert_eq!(answer.reasoning(), "Hm.");
    assert_eq!(answer.text(), "Hello.");
    assert_eq!(answer.invalid_tool_calls().next().unwrap().args.as_deref(), Some("{}"));
}

#[test]
fn a_second_answer_does_not_continue_the_first() {
    let mut second = begin();
    second["message"]["id"] = json!("msg_2");
    let answer = answer(&[
        begin(),
        start(0, call("toolu_1")),
        args(0, "{\"zone\":\"U"),
        begin(),
        args(0, "T"),
        second,
        start(0, call("toolu_2")),
        args(0, "{\"zone\":\"CET\"}"),
        stop(0),
        because("tool_use"),
        end(),
    ]);
    assert_eq!(answer.id.as_deref(), Some("msg_1"));
    assert_eq!(
        answer.invalid_tool_calls().next().unwrap().args.as_deref(),
        Some("{\"zone\":\"UT"),
        "the same beginning once more changes nothing"
    );
    assert_eq!(answer.tool_calls().next().unwrap().args, json!({"zone": "CET"}));
}

#[test]
fn blocks_of_the_start_event_are_kept() {
    let mut first = begin();
    first["message"]["content"] = json!([call("toolu_1")]);
    let answer = answer(&[
        first,
        start(0, json!({"type": "text", "text": "Well"})),
        text(0, "."),
        because("end_turn"),
        end(),
    ]);
    assert_eq!(answer.tool_calls().next().unwrap().id.as_deref(), Some("toolu_1"));
    assert_eq!(answer.text(), "Well.");
}

#[test]
fn unknown_types_are_kept_or_ignored() {
    let grown = answer(&[
        begin(),
        start(0, json!({"type": "compaction", "content": "What "})),
        delta(0, json!({"type": "compaction_delta", "content": "was said."})),
        stop(0),
        json!({"type": "news", "of": "tomorrow"}),
        delta(5, json!({"type": "news_delta"})),
        start(1, json!({"type": "hologram", "data": "aG8="})),
        stop(1),
        start(2, json!({"type": "text", "text": ""})),
        stop(2),
        because("end_turn"),
        end(),
    ]);
    assert_eq!(
        encode_content(&grown).unwrap(),
        json!([
            {"type": "compaction", "content": "What was said."},
            {"type": "hologram", "data": "aG8="},
            {"type": "text", "text": ""},
        ])
    );
}

#[test]
fn a_failed_server_tool_has_an_error_status() {
    let failed = whole(&json!({"content": [
        {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1",
            "content": {"type": "web_fetch_tool_result_error", "error_code": "unavailable"}},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": true, "content": []},
    ]}))
    .unwrap();
    let statuses: Vec<_> =
        failed.content.iter().map(|block| json!(block)["status"].clone()).collect();
    assert_eq!(statuses, ["error", "error"]);
}

#[test]
fn an_error_in_a_stream_has_its_kind_and_output() {
    let overloaded =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let (pieces, end) = pieces(&[begin(), text(0, "Hel"), overloaded]);
    let error = end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.downcast_ref::<ApiError>().unwrap().message(), "Overloaded");
    assert_eq!(gathered(pieces).text(), "Hel");
}

#[test]
fn an_error_is_recognized_in_any_form() {
    let kind = |text: &str| stream(text).1.unwrap_err().kind();
    let limit = r#"{"error":{"type":"rate_limit_error","message":"Slow down."}}"#;
    assert_eq!(kind(&format!("event: error\ndata: {limit}\n\n")), ErrorKind::RateLimit);
    assert_eq!(kind(&format!("data: {limit}\n\n")), ErrorKind::RateLimit);
    assert_eq!(kind(&format!("{limit}\n")), ErrorKind::RateLimit);
    let (_, end) = stream("event: error\ndata: upstream broke\n\n");
    assert!(end.unwrap_err().message().contains("upstream broke"));
}

#[test]
fn an_error_in_a_whole_answer_of_status_200_is_an_error() {
    let limit = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "Slow."}});
    assert_eq!(whole(&limit).unwrap_err().kind(), ErrorKind::RateLimit);
    let bare = json!({"error": {"message": "prompt is too long: 9 tokens > 8 maximum"}});
    assert_eq!(whole(&bare).unwrap_err().kind(), ErrorKind::ContextLength);
    let error = whole(&json!({"choices": []})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().contains("missing `content`; it has `choices`"), "{error}");
}

#[test]
fn a_truncated_stream_is_an_error_after_its_output() {
    let (came, end) = pieces(&[begin(), text(0, "Hel")]);
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Connection);
    assert_eq!(gathered(came).text(), "Hel");
    let (_, end) = pieces(&[]);
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Connection);
    let (_, end) = stream("data: {\"type\": \"content_blo");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Connection);
}

#[test]
fn an_answer_with_a_stop_reason_is_complete() {
    let (came, end) = pieces(&[begin(), text(0, "Hello."), because("end_turn")]);
    end.unwrap();
    assert_eq!(gathered(came).usage, Some(Usage::new(5, 9)));
}

#[test]
fn the_error_of_invalid_json_shows_it() {
    let error = stream("data: hello\n\n").1.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().contains("hello"), "{error}");
}
