//! Responses with unusual fields, and errors in unusual forms.

use providers_anthropic::{AnthropicProtocol, AnthropicReader};
use runnable_chat::{AiMessage, ChatOptions, PromptValue, ToolMessage, model::ChatRequest};
use runnable_core::ErrorKind;
use runnable_http::{
    ApiError,
    chat::{ChatProtocol, ChatReader},
};
use serde_json::{Value, json};

use super::wire::{answer, gathered, stream, whole};

const HI: &str = concat!(
    "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"role\":\"assistant\"}}\n\n",
    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",",
    "\"text\":\"\"}}\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",",
    "\"text\":\"Hi\"}}\n\n",
);

const REST: &str = concat!(
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",",
    "\"text\":\" there\"}}\n\n",
    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
    "data: {\"type\":\"message_stop\"}\n\n",
);

#[track_caller]
fn text(text: &str) -> String {
    let (pieces, end) = stream(text);
    end.unwrap_or_else(|error| panic!("{text}: {error}"));
    gathered(pieces).text().into_owned()
}

#[test]
fn errors_in_any_form_have_their_message_and_kind() {
    for (error_data, kind) in [
        ("error: {\"code\":500,\"message\":\"so it says\"}", ErrorKind::Unavailable),
        ("data: {\"detail\":\"so it says\"}", ErrorKind::Other),
        ("data: {\"message\":\"so it says\",\"code\":429}", ErrorKind::RateLimit),
        ("data: {\"error\":\"so it says\"}", ErrorKind::Other),
        ("data: [{\"error\":{\"code\":503,\"message\":\"so it says\"}}]", ErrorKind::Unavailable),
        ("data: \"overloaded, so it says\"", ErrorKind::Unavailable),
        ("event: error\ndata: so it says", ErrorKind::Other),
    ] {
        for end in ["", "data: [DONE]\n\n"] {
            let (pieces, read) = stream(&format!("{HI}{error_data}\n\n{end}"));
            let error = read.expect_err(error_data);
            assert_eq!(error.kind(), kind, "{error_data}");
            assert!(error.message().contains("so it says"), "{error_data}: {error}");
            assert!(error.downcast_ref::<ApiError>().is_some(), "{error_data}: {error:?}");
            assert_eq!(gathered(pieces).text(), "Hi");
        }
    }
}

#[test]
fn keep_alives_of_all_kinds_are_ignored() {
    for alive in [
        ": keepalive",
        "data: : keepalive",
        "data:",
        "event: ping\ndata:",
        "event: ping\ndata: ping",
        "event: ping\ndata: {\"type\": \"ping\"}",
        "data: {\"type\": \"ping\"}",
        "data: keep-alive",
        "data: {}",
        "data: null",
        "data: []",
    ] {
        assert_eq!(text(&format!("{alive}\n\n{HI}{alive}\n\n{REST}")), "Hi there", "{alive}");
    }
}

#[test]
fn a_field_of_a_wrong_type_affects_only_itself() {
    for (field, odd) in [
        ("\"index\":0", "\"index\":\"0\""),
        ("\"index\":0", "\"index\":null"),
        ("\"index\":0", "\"index\":0.0"),
        ("\"index\":0", "\"index\":0,\"index\":0"),
        ("\"index\":0,", ""),
        ("\"type\":\"content_block_delta\"", "\"type\":null"),
        ("\"type\":\"content_block_start\"", "\"type\":7"),
        ("\"type\":\"message_delta\",", ""),
        ("\"type\":\"message_start\",", ""),
        ("\"type\":\"text_delta\"", "\"type\":null"),
        ("\"type\":\"text_delta\",", ""),
        ("\"content_block\":{\"type\":\"text\",\"text\":\"\"}", "\"content_block\":null"),
        ("\"content_block\":{\"type\":\"text\",", "\"content_block\":{\"type\":null,"),
        ("\"message\":{\"id\":\"msg_1\",\"role\":\"assistant\"}", "\"message\":null"),
        ("\"id\":\"msg_1\"", "\"usage\":\"\",\"id\":\"msg_1\""),
        ("\"id\":\"msg_1\"", "\"content\":null,\"stop_reason\":7,\"id\":[]"),
        ("\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}", "\"delta\":\"Hi\""),
        ("\"stop_reason\":\"end_turn\"}", "\"stop_reason\":\"end_turn\"},\"usage\":[]"),
        ("\"type\":\"message_stop\"", "\"type\":\"message_stop\",\"a\":NaN,\"b\":1e999"),
    ] {
        let plain = format!("{HI}{REST}");
        let changed = plain.replace(field, odd);
        assert_ne!(plain, changed, "{field}");
        assert_eq!(text(&changed), "Hi there", "{field} is {odd}");
    }
}

#[test]
fn a_field_of_a_wrong_type_in_a_complete_answer_affects_only_itself() {
    for odd in [
        r#""id": "1", "id": 2"#,
        r#""usage": """#,
        r#""usage": [{}]"#,
        r#""usage": {"input_tokens": "x", "cache_creation": 7}"#,
        r#""citations": {}"#,
        r#""citations": [null, 7]"#,
        r#""stop_sequence": [7]"#,
        r#""container": "x""#,
        r#""model": {"a": [1]}"#,
        r#""model": "a", "model": null"#,
        r#""role": 7"#,
        r#""error": {}"#,
        r#""error": null"#,
        r#""created": NaN"#,
        r#""created": 1e999"#,
        r#""extra": "\ud83d""#,
    ] {
        let body = format!(
            r#"{{"content": [null, {{"type": "text", "text": "Hi there", {odd}}}],
                "stop_reason": "end_turn", {odd}}}"#
        );
        let chunk = AnthropicReader::default().read_body(body.as_bytes());
        let chunk = chunk.unwrap_or_else(|error| panic!("{odd}: {error}"));
        assert_eq!(gathered(vec![chunk]).text(), "Hi there", "{odd}");
    }
}

#[test]
fn a_complete_answer_that_is_an_error_has_its_kind() {
    for (body, kind) in [
        (r#"{"detail": "so it says"}"#, ErrorKind::Other),
        (r#"{"detail": [{"loc": ["a"], "msg": "so it says"}]}"#, ErrorKind::Other),
        (r#"{"message": "so it says", "code": 429}"#, ErrorKind::RateLimit),
        (r#"{"object": "error", "message": "so it says", "code": 401}"#, ErrorKind::Authentication),
        (r#"[{"error": {"code": 503, "message": "so it says"}}]"#, ErrorKind::Unavailable),
        (r#""overloaded, so it says""#, ErrorKind::Unavailable),
        (r#"{"error": "so it says", "code": 503}"#, ErrorKind::Unavailable),
        (
            r#"{"content": [], "error": {"code": 429, "message": "so it says"}}"#,
            ErrorKind::RateLimit,
        ),
        (r#"{"content": null, "message": "so it says"}"#, ErrorKind::Other),
    ] {
        let error = AnthropicReader::default().read_body(body.as_bytes()).expect_err(body);
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert!(error.message().contains("so it says"), "{body}: {error}");
        assert!(error.downcast_ref::<ApiError>().is_some(), "{body}: {error:?}");
    }
}

#[test]
fn text_is_read_from_each_form_of_the_content() {
    let block = json!({"type": "text", "text": "Hi"});
    let untyped = json!({"text": "Hi"});
    for content in
        [json!("Hi"), json!(["Hi"]), block.clone(), json!([null, block]), json!([untyped])]
    {
        let message = json!({"type": null, "content": content, "stop_reason": "end_turn"});
        assert_eq!(whole(&message).unwrap().text(), "Hi", "{content}");
        let begun = json!({"type": "message_start", "message": message});
        assert_eq!(answer(&[begun, json!({"type": "message_stop"})]).text(), "Hi", "{content}");
    }
}

#[test]
fn the_halves_of_a_split_character_are_joined() {
    let piece = |json: &str| {
        format!(
            "data: {{\"type\":\"content_block_delta\",\"index\":0,\
             \"delta\":{{\"type\":\"text_delta\",\"text\":\"{json}\"}}}}\n\n"
        )
    };
    for (first, second, expected) in [
        ("a\\ud83d", "\\ude00b", "Hia😀b there"),
        ("a\\ud83d", "b", "Hia\u{fffd}b there"),
        ("\\ude00", "b", "Hi\u{fffd}b there"),
    ] {
        let pieces = format!("{HI}{}{}{REST}", piece(first), piece(second));
        assert_eq!(text(&pieces), expected);
    }
    let end = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
    assert_eq!(text(&format!("{HI}{}{end}", piece("\\ud83d"))), "Hi\u{fffd}");
    let body = br#"{"content": [{"type": "text", "text": "a\ud83d"}], "stop_reason": "end_turn"}"#;
    let chunk = AnthropicReader::default().read_body(body).unwrap();
    assert_eq!(gathered(vec![chunk]).text(), "a\u{fffd}");
}

#[test]
fn the_halves_of_a_split_character_are_joined_in_reasoning_and_arguments() {
    let stream_of = |block: Value, part: &str, first: &str, second: &str| {
        let kind = if part == "partial_json" { "input_json_delta" } else { "thinking_delta" };
        let delta = |json: &str| {
            format!(
                "data: {{\"type\":\"content_block_delta\",\"index\":0,\
                 \"delta\":{{\"type\":\"{kind}\",\"{part}\":\"{json}\"}}}}\n\n"
            )
        };
        let start = json!({"type": "content_block_start", "index": 0, "content_block": block});
        let stop = json!({"type": "content_block_stop", "index": 0});
        let end = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}});
        format!("data: {start}\n\n{}{}data: {stop}\n\ndata: {end}\n\n", delta(first), delta(second))
    };
    let thinking = json!({"type": "thinking", "thinking": ""});
    let (pieces, end) = stream(&stream_of(thinking, "thinking", r"hm\ud83d", r"\ude00b"));
    end.unwrap();
    assert_eq!(gathered(pieces).reasoning(), "hm😀b");
    let args = stream_of(call(json!("a")), "partial_json", r#"{\"n\":\"\ud83d"#, r#"\ude00\"}"#);
    let (pieces, end) = stream(&args);
    end.unwrap();
    let answer = gathered(pieces);
    assert_eq!(answer.tool_calls().next().expect("a call").args, json!({"n": "😀"}));
}

fn call(id: Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": "clock", "input": {}})
}

fn streamed_calls(ids: [Value; 2], index: [u32; 2]) -> AiMessage {
    answer(&events_of_calls(ids, index))
}

/// Reads the same stream as `streamed_calls`, without the events that end a block.
fn streamed_without_stops(ids: [Value; 2], index: [u32; 2]) -> AiMessage {
    let mut events = events_of_calls(ids, index);
    events.retain(|event| event["type"] != "content_block_stop");
    answer(&events)
}

fn events_of_calls(ids: [Value; 2], index: [u32; 2]) -> Vec<Value> {
    let start = |at: usize| json!({"type": "content_block_start", "index": index[at], "content_block": call(ids[at].clone())});
    let args = |at: usize| {
        json!({"type": "content_block_delta", "index": index[at],
            "delta": {"type": "input_json_delta", "partial_json": format!("{{\"n\": {at}}}")}})
    };
    let stop = |at: usize| json!({"type": "content_block_stop", "index": index[at]});
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}});
    vec![start(0), args(0), stop(0), start(1), args(1), stop(1), end]
}

#[test]
fn calls_have_unique_ids_that_their_results_carry() {
    let same = [json!("toolu_1"), json!("toolu_1")];
    let none = [Value::Null, json!("")];
    let both = |ids: &[Value; 2]| {
        let mut calls = ids.clone().map(call);
        (calls[0]["input"], calls[1]["input"]) = (json!({"n": 0}), json!({"n": 1}));
        whole(&json!({"content": calls, "stop_reason": "tool_use"})).unwrap()
    };
    for answer in [
        streamed_calls(same.clone(), [0, 1]),
        streamed_calls(same.clone(), [0, 0]),
        streamed_calls(none.clone(), [0, 1]),
        streamed_calls(none.clone(), [0, 0]),
        streamed_calls([Value::Null, Value::Null], [0, 0]),
        streamed_without_stops(same.clone(), [0, 1]),
        streamed_without_stops(same.clone(), [0, 0]),
        streamed_without_stops(none.clone(), [0, 0]),
        both(&same),
        both(&none),
    ] {
        let calls: Vec<_> = answer.tool_calls().cloned().collect();
        let args: Vec<_> = calls.iter().map(|call| call.args.clone()).collect();
        assert_eq!(args, [json!({"n": 0}), json!({"n": 1})]);
        let ids: Vec<_> = calls.iter().map(|call| call.id.clone().unwrap_or_default()).collect();
        assert!(!ids[0].is_empty() && !ids[1].is_empty() && ids[0] != ids[1], "{ids:?}");

        let mut prompt = PromptValue::from("Hi");
        prompt.push(answer);
        prompt.extend(ids.iter().map(|id| ToolMessage::new(id.as_str(), "noon")));
        let request = ChatRequest::new(prompt, ChatOptions::new());
        let body = AnthropicProtocol::new("claude-sonnet-4-5").encode(&request).unwrap();
        let body: Value = serde_json::from_slice(body.body()).unwrap();
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(body["messages"][1]["content"][at]["id"], **id);
            assert_eq!(body["messages"][2]["content"][at]["tool_use_id"], **id);
        }
    }
}

#[test]
fn calls_of_a_handwritten_conversation_get_ids() {
    let call: runnable_chat::ToolCall =
        serde_json::from_value(json!({"name": "clock", "args": {}})).unwrap();
    let mut prompt = PromptValue::from("Hi");
    prompt.push(AiMessage::new("").with_block(call));
    prompt.push(ToolMessage::new("", "noon"));
    let request = ChatRequest::new(prompt, ChatOptions::new());
    let body = AnthropicProtocol::new("claude-sonnet-4-5").encode(&request).unwrap();
    let body: Value = serde_json::from_slice(body.body()).unwrap();
    let id = &body["messages"][1]["content"][0]["id"];
    assert!(id.is_string());
    assert_eq!(*id, body["messages"][2]["content"][0]["tool_use_id"]);
}

#[test]
fn a_call_starts_once_and_in_any_order() {
    let start =
        json!({"type": "content_block_start", "index": 0, "content_block": call(json!("a"))});
    let args = |text: &str| {
        json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": text}})
    };
    let stop = json!({"type": "content_block_stop", "index": 0});
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}});
    for stream in [
        [start.clone(), start.clone(), args("{\"n\":"), args("1}"), stop.clone()],
        [args("{\"n\":"), start.clone(), args("1}"), stop.clone(), stop.clone()],
        [start.clone(), args("{\"n\":"), stop.clone(), args("1}"), stop.clone()],
    ] {
        let answer = answer(&[&stream[..], std::slice::from_ref(&end)].concat());
        let calls: Vec<_> = answer.tool_calls().map(|call| call.args.clone()).collect();
        assert_eq!(calls, [json!({"n": 1})], "{stream:?}");
        assert_eq!(answer.content.len(), 1, "{stream:?}");
    }
}

#[test]
fn the_default_of_max_tokens_leaves_room_for_the_prompt() {
    let max_tokens = |model: &str, words: usize| {
        let request = ChatRequest::new("word ".repeat(words), ChatOptions::new());
        let body = AnthropicProtocol::new(model).encode(&request).unwrap();
        let body: Value = serde_json::from_slice(body.body()).unwrap();
        body["max_tokens"].as_u64().unwrap()
    };
    for model in
        ["claude-3-7-sonnet-latest", "claude-sonnet-4-0", "claude-opus-4-1", "claude-sonnet-4-5"]
    {
        // Each of these words has about one token.
        for words in [10, 50_000, 100_000, 150_000, 190_000] {
            let most = max_tokens(model, words);
            assert!(most >= 4_096 && most + words as u64 <= 200_000, "{model}: {words}, {most}");
        }
    }
    assert_eq!(max_tokens("claude-sonnet-4-5", 10), 64_000);
}
