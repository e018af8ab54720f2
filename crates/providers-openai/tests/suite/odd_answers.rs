//! Responses with unusual fields and errors in unusual forms, for both APIs.

use providers_openai::{Api, OpenAiProtocol, openai, openai_compatible};
use runnable_chat::{AiMessage, message::TokenLogprob};
use runnable_core::ErrorKind;
use runnable_http::ApiError;
use serde_json::{Value, json};

use crate::answers::{Read, events, streamed, whole};

fn chat() -> OpenAiProtocol {
    openai("m").protocol()
}

fn responses() -> OpenAiProtocol {
    openai("m").api(Api::Responses).protocol()
}

/// The second text event and the last events of a stream of Chat Completions.
const REST: &str = concat!(
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" there\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: [DONE]\n\n",
);

const HI: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";

/// The second text event and the last event of a stream of the Responses API.
const RESPONSES_REST: &str = concat!(
    "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,",
    "\"delta\":\" there\"}\n\n",
    "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n",
);

const RESPONSES_HI: &str = concat!(
    "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,",
    "\"delta\":\"Hi\"}\n\n",
);

#[track_caller]
fn assert_text(read: &Read, text: &str, case: &str) {
    assert!(read.error.is_none(), "{case}: {:?}", read.error);
    assert_eq!(read.message.text(), text, "{case}");
}

#[test]
fn errors_in_any_form_have_their_message_and_kind() {
    for (error_data, kind) in [
        (
            "error: {\"code\":500,\"message\":\"so it says\",\"type\":\"server_error\"}",
            ErrorKind::Unavailable,
        ),
        ("data: {\"detail\":\"so it says\"}", ErrorKind::Other),
        ("data: {\"detail\":\"too many requests, so it says\"}", ErrorKind::RateLimit),
        ("data: {\"detail\":[{\"loc\":[\"a\"],\"msg\":\"so it says\"}]}", ErrorKind::Other),
        ("data: {\"message\":\"so it says\",\"code\":429}", ErrorKind::RateLimit),
        (
            "data: {\"object\":\"error\",\"message\":\"so it says\",\"code\":401}",
            ErrorKind::Authentication,
        ),
        ("data: {\"error\":\"so it says\"}", ErrorKind::Other),
        ("data: [{\"error\":{\"code\":503,\"message\":\"so it says\"}}]", ErrorKind::Unavailable),
        ("data: \"overloaded, so it says\"", ErrorKind::Unavailable),
        ("event: error\ndata: so it says", ErrorKind::Other),
        (
            "{\"error\":{\"type\":\"rate_limit_error\",\"message\":\"so it says\"}}",
            ErrorKind::RateLimit,
        ),
    ] {
        for (protocol, begin) in [(chat(), HI), (responses(), RESPONSES_HI)] {
            for end in ["", "data: [DONE]\n\n"] {
                let stream = format!("{begin}{error_data}\n\n{end}");
                let read = streamed(&protocol, [stream.as_bytes()]);
                let error =
                    read.error.unwrap_or_else(|| panic!("{error_data} passes: {:?}", read.message));
                assert_eq!(error.kind(), kind, "{error_data}");
                assert!(error.message().contains("so it says"), "{error_data}: {error}");
                assert!(error.downcast_ref::<ApiError>().is_some(), "{error_data}: {error:?}");
                assert_eq!(read.message.text(), "Hi", "{error_data}");
            }
        }
    }
}

#[test]
fn done_without_a_finish_reason_is_a_truncated_stream() {
    let marked = format!("{HI}data: [DONE]\n\n");
    let read = streamed(&chat(), [marked.as_bytes()]);
    let error = read.error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("received `[DONE]` without a finish reason"), "{error}");
    assert_eq!(read.message.text(), "Hi");
    assert!(streamed(&chat(), [b"data: [DONE]\n\n".as_slice()]).error.is_some());

    // One of two choices was truncated.
    let other = json!({"choices": [{"index": 1, "delta": {"content": "Yo"}}]}).to_string();
    let finish = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    assert!(events(&chat(), &[&other, finish, "[DONE]"]).error.is_some());

    let lax = openai_compatible("m")
        .provider("x")
        .base_url("http://localhost")
        .may_omit_finish_reason(true);
    let read = streamed(&lax.protocol(), [marked.as_bytes()]);
    assert_text(&read, "Hi", "a service that leaves it out");
}

#[test]
fn keep_alives_of_all_kinds_are_ignored() {
    for alive in [
        ": keepalive",
        "data: : keepalive",
        "data:",
        "data: ",
        "event: ping\ndata:",
        "event: ping\ndata: {}",
        "event: ping\ndata: {\"type\": \"ping\"}",
        "event: keepalive\ndata: whatever",
        "data: ping",
        "data: [PING]",
        "data: keep-alive",
        "data: {}",
        "data: null",
        "data: []",
        "data: 1",
        "data: {\"type\": \"ping\"}",
        "event: heartbeat",
        "retry: 10",
    ] {
        for (protocol, begin, rest) in
            [(chat(), HI, REST), (responses(), RESPONSES_HI, RESPONSES_REST)]
        {
            let stream = format!("{alive}\n\n{begin}{alive}\n\n{rest}");
            assert_text(&streamed(&protocol, [stream.as_bytes()]), "Hi there", alive);
        }
    }
}

#[test]
fn the_halves_of_a_split_character_are_joined() {
    let chat_event = |field: &str, json: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"{field}\":\"{json}\"}}}}]}}\n\n")
    };
    for (pieces, expected) in [
        (["a\\ud83d", "\\ude00b"], "a😀b there"),
        (["a\\ud83d", "b"], "a\u{fffd}b there"),
        (["a\\ud83d", "\\ud83d\\ude00"], "a\u{fffd}😀 there"),
        (["\\ude00", "b"], "\u{fffd}b there"),
        (["a\\ud83dc", "b"], "a\u{fffd}cb there"),
        (["\\ud83d\\ude00", "\\\\ud83d"], "😀\\ud83d there"),
    ] {
        let stream: String = pieces.iter().map(|piece| chat_event("content", piece)).collect();
        let stream = format!("{HI}{HI}{stream}{REST}");
        assert_text(&streamed(&chat(), [stream.as_bytes()]), &format!("HiHi{expected}"), &stream);

        let event = |piece: &&str| RESPONSES_HI.replace("\"Hi\"", &format!("\"{piece}\""));
        let stream: String = pieces.iter().map(event).collect();
        let stream = stream + RESPONSES_REST;
        assert_text(&streamed(&responses(), [stream.as_bytes()]), expected, &stream);
    }
    // Other events may arrive between the two halves of a character, and a first half may remain at
    // the end.
    let stream = chat_event("reasoning_content", "hm\\ud83d")
        + HI
        + &chat_event("reasoning_content", "\\ude00")
        + &chat_event("content", "\\ud83d")
        + &REST.replace(" there", "");
    let read = streamed(&chat(), [stream.as_bytes()]);
    assert_text(&read, "Hi\u{fffd}", "half a character at the end");
    assert_eq!(read.message.reasoning(), "hm😀");

    let call = |args: &str, name: &str| {
        let call =
            format!("{{\"index\":0,\"function\":{{\"name\":{name},\"arguments\":\"{args}\"}}}}");
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{call}]}}}}]}}\n\n")
    };
    let stream = call("{\\\"a\\\": \\\"\\ud83d", "\"f\"") + &call("\\ude00\\\"}", "null") + REST;
    let read = streamed(&chat(), [stream.as_bytes()]);
    assert_eq!(read.message.tool_calls().next().expect("a call").args, json!({"a": "😀"}));

    let body = br#"{"choices": [{"message": {"content": "a\ud83d"}, "finish_reason": "stop"}]}"#;
    assert_text(&whole(&chat(), body), "a\u{fffd}", "a whole answer");
    let body = br#"{"status": "completed", "output": [{"type": "message", "content": [
        {"type": "output_text", "text": "a\ud83d"}]}]}"#;
    assert_text(&whole(&responses(), body), "a\u{fffd}", "a whole response");
}

#[test]
fn a_split_character_survives_the_complete_text_in_each_kind_of_part() {
    for (item, part, field) in [
        (json!({"type": "message"}), "output_text", "text"),
        (json!({"type": "message"}), "refusal", "refusal"),
        (json!({"type": "reasoning"}), "reasoning_summary_text", "text"),
        (json!({"type": "reasoning"}), "reasoning_text", "text"),
        (
            json!({"type": "function_call", "call_id": "c", "name": "f"}),
            "function_call_arguments",
            "arguments",
        ),
        (
            json!({"type": "custom_tool_call", "call_id": "c", "name": "f"}),
            "custom_tool_call_input",
            "input",
        ),
    ] {
        let (first, second) = match part {
            "function_call_arguments" => (r#"{\"a\":\"a\ud83d"#, r#"\ude00b\"}"#),
            _ => (r"a\ud83d", r"\ude00b"),
        };
        let all = if part == "function_call_arguments" { r#"{"a":"a😀b"}"# } else { "a😀b" };
        let mut whole_item = item.clone();
        match part {
            "output_text" => whole_item["content"] = json!([{"type": part, "text": all}]),
            "refusal" => whole_item["content"] = json!([{"type": part, "refusal": all}]),
            "reasoning_text" => whole_item["content"] = json!([{"type": part, "text": all}]),
            "reasoning_summary_text" => whole_item["summary"] = json!([{"text": all}]),
            _ => whole_item[field] = all.into(),
        }
        let event = |kind: &str, fields: Value| {
            let mut event = json!({"type": format!("response.{kind}"), "output_index": 0,
                "content_index": 0, "summary_index": 0});
            event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            event.to_string()
        };
        let delta =
            |text: &str| event(&format!("{part}.delta"), json!({"delta": "*"})).replace('*', text);
        let added = event("output_item.added", json!({"item": item}));
        let deltas = [delta(first), delta(second)];
        let complete = event(&format!("{part}.done"), json!({field: all}));
        let done = event("output_item.done", json!({"item": whole_item}));
        let end = |output: Value| {
            event("completed", json!({"response": {"status": "completed", "output": output}}))
        };
        for ends in [
            vec![complete.clone(), done.clone(), end(json!([whole_item]))],
            vec![complete, end(json!([]))],
            vec![done, end(json!([]))],
            vec![end(json!([whole_item]))],
        ] {
            // The second delta may be lost.
            for deltas in [&deltas[..], &deltas[..1]] {
                let stream = [vec![added.clone()], deltas.to_vec(), ends.clone()].concat();
                let stream: Vec<_> = stream.iter().map(String::as_str).collect();
                let read = events(&responses(), &stream);
                assert!(read.error.is_none(), "{part}: {:?}, {stream:?}", read.error);
                let message = &read.message;
                let found = match part {
                    "output_text" => message.text().into_owned(),
                    "refusal" => message.refusal().unwrap_or_default(),
                    "reasoning_text" | "reasoning_summary_text" => message.reasoning(),
                    "function_call_arguments" => {
                        let call = message.tool_calls().next().expect("a call");
                        assert_eq!(call.args, json!({"a": "a😀b"}), "{stream:?}");
                        continue;
                    }
                    _ => {
                        let call = message.tool_calls().next().expect("a call");
                        call.args.as_str().map_or_else(|| call.args.to_string(), str::to_owned)
                    }
                };
                assert!(found.contains("a😀b") && !found.contains('\u{fffd}'), "{part}: {found}");
            }
        }
        // A complete text that differs from the parts by more than the split character is an error.
        let other = if field == "arguments" { r#"{"a":"zz"#.to_owned() } else { "z".repeat(99) };
        let lost = event(&format!("{part}.done"), json!({field: other}));
        let stream = [added.as_str(), &deltas[0], &deltas[1], &lost];
        let read = events(&responses(), &stream);
        let is_json = part == "function_call_arguments";
        assert!(is_json || read.error.expect("an error").message().contains("missing"), "{part}");
    }
}

/// Reads a complete response and an event of Chat Completions with this field next to the text.
fn with_odd(odd: &str) -> [Read; 2] {
    let choice = |key: &str, odd_there: &str| {
        format!(
            "{{\"choices\":[{{\"index\":0,\"{key}\":{{\"content\":\"Hi there\"{odd_there}}},\
             \"finish_reason\":\"stop\"{odd}}}]{odd}}}"
        )
    };
    let message = choice("message", odd);
    let event = choice("delta", odd);
    [whole(&chat(), message.as_bytes()), events(&chat(), &[&event, "[DONE]"])]
}

#[test]
fn a_field_of_a_wrong_type_affects_only_itself() {
    for odd in [
        r#""id": "1", "id": 2"#,
        r#""usage": """#,
        r#""usage": [{}]"#,
        r#""usage": {"prompt_tokens": "x", "prompt_tokens_details": 7}"#,
        r#""tool_calls": {}"#,
        r#""tool_calls": [null]"#,
        r#""tool_calls": "none""#,
        r#""tool_calls": [{}]"#,
        r#""tool_calls": [{"function": "f"}]"#,
        r#""function_call": [1]"#,
        r#""logprobs": {"content": {"token": 1}}"#,
        r#""logprobs": {"content": [{"token": "Hi", "logprob": -Infinity, "bytes": "x"}, null]}"#,
        r#""logprobs": [NaN, 1e999]"#,
        r#""reasoning_details": "hm""#,
        r#""annotations": {"type": 1}"#,
        r#""images": [{"image_url": "x"}]"#,
        r#""audio": "x""#,
        r#""error": {}"#,
        r#""error": """#,
        r#""error": false"#,
        r#""content_filter_results": 1"#,
        r#""model": {"a": [1]}"#,
        r#""citations": "x", "search_results": [null, 1]"#,
        r#""x_groq": 1"#,
        r#""created": 1e999"#,
    ] {
        for read in with_odd(&format!(", {odd}")) {
            assert_text(&read, "Hi there", odd);
            assert_eq!(read.message.tool_calls().count(), 0, "{odd}");
            assert_eq!(read.message.invalid_tool_calls().count(), 0, "{odd}");
        }
    }
}

/// Reads a complete response and a stream of the Responses API with this field in each object.
fn responses_with_odd(odd: &str) -> [Read; 2] {
    let part = format!("{{\"type\":\"output_text\",\"text\":\"Hi there\"{odd}}}");
    let item = format!("{{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{part}]{odd}}}");
    let response = |output: &str| format!("{{\"status\":\"completed\",\"output\":{output}{odd}}}");
    let event = |kind: &str, fields: &str| {
        format!(
            "{{\"type\":\"response.{kind}\",\"output_index\":0,\"content_index\":0{fields}{odd}}}"
        )
    };
    let stream = [
        event("created", ",\"response\":{\"status\":\"in_progress\",\"output\":[]}"),
        event("output_item.added", ",\"item\":{\"type\":\"message\",\"content\":[]}"),
        event("output_text.delta", ",\"delta\":\"Hi\""),
        event("output_text.delta", ",\"delta\":\" there\""),
        event("output_item.done", &format!(",\"item\":{item}")),
        event("completed", &format!(",\"response\":{}", response("[]"))),
    ];
    let stream: Vec<_> = stream.iter().map(String::as_str).collect();
    let body = response(&format!("[{item}]"));
    [whole(&responses(), body.as_bytes()), events(&responses(), &stream)]
}

#[test]
fn a_field_of_a_wrong_type_affects_only_itself_in_responses() {
    for odd in [
        r#""id": "1", "id": 2"#,
        r#""id": {"a": 1}"#,
        r#""usage": """#,
        r#""usage": [{}]"#,
        r#""usage": {"input_tokens": "x", "output_tokens_details": 7}"#,
        r#""annotations": {}"#,
        r#""annotations": [null, 1, {"type": 7}]"#,
        r#""logprobs": [NaN]"#,
        r#""logprobs": [{"token": "Hi", "logprob": -Infinity, "bytes": "x"}, null]"#,
        r#""logprobs": "x""#,
        r#""error": {}"#,
        r#""error": null"#,
        r#""error": """#,
        r#""incomplete_details": {}"#,
        r#""incomplete_details": 7"#,
        r#""summary": "x""#,
        r#""encrypted_content": 7"#,
        r#""phase": []"#,
        r#""call_id": null, "name": null"#,
        r#""sequence_number": "x""#,
        r#""item_id": 7"#,
        r#""model": {"a": [1]}"#,
        r#""service_tier": [7]"#,
        r#""metadata": {"a": "\ud83d"}"#,
        r#""created_at": 1e999"#,
        r#""created_at": NaN"#,
    ] {
        for read in responses_with_odd(&format!(", {odd}")) {
            assert_text(&read, "Hi there", odd);
            assert_eq!(read.message.content.len(), 1, "{odd}: {:?}", read.message);
        }
    }
    // An item that cannot be read does not affect the others.
    for odd in ["null", "7", "\"x\"", "[]", "{}", "{\"type\":7}"] {
        let item = r#"{"type":"message","content":[{"type":"output_text","text":"Hi there"}]}"#;
        let body = format!("{{\"status\":\"completed\",\"output\":[{odd},{item},{odd}]}}");
        let read = whole(&responses(), body.as_bytes());
        // A text in the place of an item is read as text.
        let text = read.message.text();
        assert!(read.error.is_none() && text.contains("Hi there"), "{odd}: {read:?}");
        let end = format!("{{\"type\":\"response.completed\",\"response\":{body}}}");
        let read = events(&responses(), &[&end]);
        assert!(read.error.is_none(), "{odd}: {:?}", read.error);
        assert!(read.message.text().contains("Hi there"), "{odd}: {:?}", read.message);
    }
}

#[test]
fn ids_of_items_that_change_in_each_event_do_not_divide_an_item() {
    let call = |id: &str, args: &str| json!({"type": "function_call", "id": id, "call_id": "c", "name": "f", "arguments": args});
    let text = |id: &str, content: Value| json!({"type": "message", "id": id, "content": content});
    let whole_text = json!([{"type": "output_text", "text": "Hi there"}]);
    let event = |kind: &str, mut fields: Value| {
        fields["type"] = format!("response.{kind}").into();
        fields.to_string()
    };
    let delta = |kind: &str, index: u32, id: &str, delta: &str| {
        event(kind, json!({"output_index": index, "item_id": id, "delta": delta}))
    };
    let item = |kind: &str, index: u32, item: Value| {
        event(kind, json!({"output_index": index, "item": item}))
    };
    let response = json!({"status": "completed", "output": []});
    let stream = [
        item("output_item.added", 0, text("a", json!([]))),
        delta("output_text.delta", 0, "b", "Hi"),
        delta("output_text.delta", 0, "c", " there"),
        item("output_item.done", 0, text("d", whole_text)),
        item("output_item.added", 1, call("e", "")),
        delta("function_call_arguments.delta", 1, "f", "{\"a\":"),
        delta("function_call_arguments.delta", 1, "g", " 1}"),
        event(
            "function_call_arguments.done",
            json!({"output_index": 1, "item_id": "h", "arguments": "{\"a\": 1}"}),
        ),
        item("output_item.done", 1, call("i", "{\"a\": 1}")),
        event("completed", json!({"response": response})),
    ];
    let stream: Vec<_> = stream.iter().map(String::as_str).collect();
    let read = events(&responses(), &stream);
    assert_text(&read, "Hi there", "changing IDs");
    assert_eq!(read.message.content.len(), 2, "{:?}", read.message);
    assert_eq!(read.message.tool_calls().next().expect("a call").args, json!({"a": 1}));
}

#[test]
fn a_complete_answer_that_is_an_error_has_its_kind() {
    for (body, kind) in [
        (r#"{"detail": "so it says"}"#, ErrorKind::Other),
        (r#"{"detail": "too many requests, so it says"}"#, ErrorKind::RateLimit),
        (r#"{"detail": [{"loc": ["a"], "msg": "so it says"}]}"#, ErrorKind::Other),
        (r#"{"message": "so it says", "code": 429}"#, ErrorKind::RateLimit),
        (r#"{"object": "error", "message": "so it says", "code": 401}"#, ErrorKind::Authentication),
        (r#"{"error": "so it says", "code": 503}"#, ErrorKind::Unavailable),
        (
            r#"{"error": {"type": "rate_limit_error", "message": "so it says"}}"#,
            ErrorKind::RateLimit,
        ),
        (r#"[{"error": {"code": 503, "message": "so it says"}}]"#, ErrorKind::Unavailable),
        (r#""overloaded, so it says""#, ErrorKind::Unavailable),
        (
            r#"{"choices": [], "output": [], "error": {"code": 429, "message": "so it says"}}"#,
            ErrorKind::RateLimit,
        ),
        (r#"{"choices": null, "output": null, "message": "so it says"}"#, ErrorKind::Other),
    ] {
        for protocol in [chat(), responses()] {
            let error = whole(&protocol, body.as_bytes()).error.expect(body);
            assert_eq!(error.kind(), kind, "{body}: {error}");
            assert!(error.message().contains("so it says"), "{body}: {error}");
            assert!(error.downcast_ref::<ApiError>().is_some(), "{body}: {error:?}");
        }
    }
}

#[test]
fn text_is_read_from_each_form_of_its_field() {
    for message in [
        json!("Hi"),
        json!({"content": "Hi"}),
        json!({"content": ["Hi"]}),
        json!({"content": [null, {"type": "text", "text": "Hi"}]}),
        json!({"content": {"type": "text", "text": "Hi"}}),
        json!({"content": [{"text": "Hi"}]}),
    ] {
        let choice = |key: &str| json!({"index": "0", key: message, "finish_reason": "stop"});
        for choices in
            [json!([choice("message")]), choice("message"), json!([null, choice("message")])]
        {
            let body = json!({"choices": choices}).to_string();
            assert_text(&whole(&chat(), body.as_bytes()), "Hi", &body);
        }
        for key in ["delta", "message"] {
            let event = json!({"choices": [choice(key)]}).to_string();
            assert_text(&events(&chat(), &[&event, "[DONE]"]), "Hi", &event);
        }
    }
    let text = json!({"choices": [{"text": "Hi", "finish_reason": "stop"}]}).to_string();
    assert_text(&whole(&chat(), text.as_bytes()), "Hi", &text);

    for content in
        [json!("Hi"), json!(["Hi"]), json!({"text": "Hi"}), json!([{"text": "Hi"}, null])]
    {
        for kind in [json!("message"), Value::Null] {
            let item = json!({"type": kind, "role": "assistant", "content": content});
            for output in [json!([item]), json!([null, item]), item.clone()] {
                let body = json!({"status": "completed", "output": output}).to_string();
                assert_text(&whole(&responses(), body.as_bytes()), "Hi", &body);
            }
        }
    }
}

#[test]
fn the_last_value_that_is_not_null_is_used() {
    let read = |delta: &str| -> AiMessage {
        let event = format!("{{\"choices\":[{{\"delta\":{delta},\"finish_reason\":\"stop\"}}]}}");
        let read = events(&chat(), &[&event, "[DONE]"]);
        assert!(read.error.is_none(), "{delta}: {:?}", read.error);
        read.message
    };
    assert_eq!(read(r#"{"content": "a", "content": "b"}"#).text(), "b");
    assert_eq!(read(r#"{"content": "a", "content": null}"#).text(), "a");
    assert_eq!(read(r#"{"content": "a", "content": "b", "role": "x", "role": "y"}"#).text(), "b");
}

#[test]
fn invalid_log_probabilities_have_the_lowest_value() {
    let [read, _] = with_odd(
        r#", "logprobs": {"content": [{"token": "Hi", "logprob": -Infinity, "bytes": [72, "x"],
            "top_logprobs": [{"token": "Ho", "logprob": "-0.5"}, 3]}, null, {"logprob": -1}]}"#,
    );
    let mut first = TokenLogprob::new("Hi", -9999.0);
    first.top_logprobs = vec![TokenLogprob::new("Ho", -0.5)];
    assert_eq!(read.message.logprobs, [first, TokenLogprob::new("", -1.0)]);
}

#[test]
fn lost_parts_are_read_from_the_end_or_refused() {
    let done =
        |item: Value| json!({"type": "response.output_item.done", "output_index": 0, "item": item});
    let message =
        json!({"type": "message", "content": [{"type": "output_text", "text": "Hi there"}]});
    let end = |output: Value| {
        json!({"type": "response.completed",
            "response": {"status": "completed", "output": output}})
    };
    let delta = |text: &str| {
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0,
            "delta": text})
    };
    let read = |data: &[Value]| {
        let data: Vec<_> = data.iter().map(Value::to_string).collect();
        events(&responses(), &data.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for stream in [
        vec![end(json!([message]))],
        vec![delta("Hi"), end(json!([message]))],
        vec![delta("Hi"), delta(" there"), end(json!([message]))],
        vec![delta("Hi"), done(message.clone()), end(json!([message]))],
        vec![delta("Hi"), delta(" there"), done(message.clone()), end(json!([]))],
    ] {
        assert_text(&read(&stream), "Hi there", &format!("{stream:?}"));
    }
    // The first part was lost, so the received text is not the start.
    let lost = read(&[delta(" there"), done(message), end(json!([]))]);
    let error = lost.error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("parts of the answer are missing"), "{error}");
    assert_eq!(lost.message.text(), " there");
}

#[test]
fn each_error_of_a_long_input_is_recognized() {
    for message in [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000",
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000",
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        "Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)",
        "input length and `max_tokens` exceed context limit: 178902 + 32000 > 200000",
        "prompt is too long: 213462 tokens > 200000 maximum",
        "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)",
        "Please reduce the length of the messages or completion.",
        "the request exceeds the available context size, try increasing it",
        "Range of input length should be [1, 30720]",
        "PromptValue exceeds max length",
        "prompt token count of 70000 exceeds the limit of 64000",
        "Input length 265330 exceeds the maximum allowed input length of 262144 tokens.",
        "PromptValue contains 300000 tokens, too large for model with 131072 maximum context length",
        "context window exceeds limit (2013)",
    ] {
        let body = json!({"error": {"message": message, "type": "invalid_request_error"}});
        let error = whole(&chat(), body.to_string().as_bytes()).error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::ContextLength, "{message}");
    }
    for message in [
        "max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "Invalid value for 'temperature'",
    ] {
        let body = json!({"error": {"message": message, "type": "invalid_request_error"}});
        let error = whole(&chat(), body.to_string().as_bytes()).error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{message}");
    }
}
