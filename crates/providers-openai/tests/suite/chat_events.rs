//! The events of Chat Completions, as services send them.

use proptest::prelude::*;
use providers_openai::{OpenAiProtocol, openai};
use runnable_chat::{ContentBlock, FinishReason, Usage, message::Annotation};
use runnable_core::ErrorKind;
use runnable_http::ApiError;
use serde_json::{Value, json};

use crate::answers::{events, streamed, whole};

fn protocol() -> OpenAiProtocol {
    openai("m").protocol()
}

/// Returns an event with this delta.
fn delta(delta: Value) -> String {
    json!({"id": "1", "model": "m", "choices": [{"index": 0, "delta": delta}]}).to_string()
}

fn finish(reason: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}).to_string()
}

/// Reads a stream of these events with a regular end.
fn read(deltas: &[Value], reason: &str) -> crate::answers::Read {
    let data: Vec<_> = deltas.iter().cloned().map(delta).chain([finish(reason)]).collect();
    let data: Vec<_> = data.iter().map(String::as_str).chain(["[DONE]"]).collect();
    let read = events(&protocol(), &data);
    assert!(read.error.is_none(), "{:?}", read.error);
    read
}

#[test]
fn text_is_yielded_as_it_is_sent() {
    let read = read(&[json!({"content": "Hel"}), json!({"content": "lo"})], "stop");
    let texts: Vec<_> = read.chunks.iter().map(|chunk| chunk.text().into_owned()).collect();
    assert_eq!(texts, ["Hel", "lo", ""]);
    assert_eq!(read.message.text(), "Hello");
    assert_eq!(read.message.finish_reason, Some(FinishReason::Stop));
    assert_eq!(read.message.provider.as_deref(), Some("openai"));
}

#[test]
fn reasoning_is_read_from_each_of_its_fields() {
    for key in ["reasoning_content", "reasoning"] {
        let deltas =
            [json!({key: "Hm"}), json!({key: ".", "content": null}), json!({"content": "A"})];
        let read = read(&deltas, "stop");
        assert_eq!(read.message.reasoning(), "Hm.", "{key}");
        assert_eq!(read.message.text(), "A");
    }
    let both = json!({"reasoning_content": "Hm.", "reasoning": "Hm."});
    assert_eq!(read(&[both], "stop").message.reasoning(), "Hm.");
    let details = json!({"reasoning": "Hm.", "reasoning_details": [
        {"type": "reasoning.summary", "summary": "Hm.", "index": 0},
        {"type": "reasoning.encrypted", "data": "xyz", "index": 0},
    ]});
    let answer = read(&[details], "stop").message;
    assert_eq!(answer.reasoning(), "Hm.");
    let ContentBlock::Reasoning(hidden) = &answer.content[1] else { panic!("{answer:?}") };
    assert_eq!(hidden.encrypted.as_deref(), Some("xyz"));
}

#[test]
fn parts_of_calls_are_joined_with_any_numbering() {
    let piece = |fields: Value| json!({"tool_calls": [fields]});
    let first = |index: Value, id: &str| {
        piece(json!({"index": index, "id": id, "function": {"name": "f", "arguments": "{\"x\":"}}))
    };
    let rest =
        |index: Value, args: &str| piece(json!({"index": index, "function": {"arguments": args}}));
    let named = |id: &str| {
        piece(json!({"index": 0, "id": id, "function": {"name": "f", "arguments": "2}"}}))
    };
    let two = [("a", json!({"x": 1})), ("b", json!({"x": 2}))];
    let streams = [
        // Each part has an index, counted from 0 or from 1.
        vec![
            first(json!(0), "a"),
            rest(json!(0), "1}"),
            first(json!(1), "b"),
            rest(json!(1), "2}"),
        ],
        vec![
            first(json!(1), "a"),
            rest(json!(1), "1}"),
            first(json!(2), "b"),
            rest(json!(2), "2}"),
        ],
        // All parts have the index 0, and different IDs.
        vec![first(json!(0), "a"), rest(json!(0), "1}"), first(json!(0), "b"), named("b")],
        // The parts have no index.
        vec![
            first(Value::Null, "a"),
            rest(Value::Null, "1}"),
            first(Value::Null, "b"),
            rest(Value::Null, "2}"),
        ],
        // The parts have no index, and each part has the ID or the name.
        vec![
            first(Value::Null, "a"),
            first(Value::Null, "b"),
            piece(json!({"id": "a", "function": {"arguments": "1}"}})),
            piece(json!({"id": "b", "function": {"name": "f", "arguments": "2}"}})),
        ],
        // The parts have an index, and each part has another ID.
        vec![
            first(json!(0), "a"),
            piece(json!({"index": 0, "id": "c", "function": {"arguments": "1}"}})),
            first(json!(1), "b"),
            piece(json!({"index": 1, "id": "a", "function": {"arguments": "2}"}})),
        ],
        // The parts of two calls alternate.
        vec![
            first(json!(0), "a"),
            first(json!(1), "b"),
            rest(json!(1), "2}"),
            rest(json!(0), "1}"),
        ],
    ];
    for stream in streams {
        let answer = read(&stream, "tool_calls").message;
        let calls: Vec<_> = answer
            .tool_calls()
            .map(|call| (call.id.as_deref().unwrap_or("none"), call.args.clone()))
            .collect();
        assert_eq!(calls, two, "{stream:?}");
    }
}

#[test]
fn names_and_ids_may_be_empty_in_later_parts() {
    let deltas = [
        json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]}),
        json!({"tool_calls": [{"index": 0, "id": "null", "function": {"name": "", "arguments": "{"}}]}),
        json!({"tool_calls": [{"index": 0, "id": "", "function": {"name": null, "arguments": "}"}}]}),
    ];
    let answer = read(&deltas, "tool_calls").message;
    let call = answer.tool_calls().next().expect("a tool call");
    assert_eq!((call.id.as_deref(), call.name.as_str()), (Some("a"), "f"));
    assert_eq!(answer.content.len(), 1);
}

#[test]
fn arguments_may_be_an_object_or_missing() {
    for (args, expected) in [
        (json!({"x": 1}), json!({"x": 1})),
        (json!("{\"x\": 1}"), json!({"x": 1})),
        (json!("null"), json!({})),
        (json!(""), json!({})),
        (Value::Null, json!({})),
    ] {
        let call = json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": args}});
        let answer = read(&[json!({"tool_calls": [call]})], "tool_calls").message;
        assert_eq!(answer.tool_calls().next().expect("a tool call").args, expected);
    }
}

#[test]
fn a_truncated_call_is_not_repaired() {
    for args in ["", "{\"city\": \"Os", "{"] {
        let call = json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": args}});
        let answer = read(&[json!({"tool_calls": [call]})], "length").message;
        assert_eq!(answer.tool_calls().count(), 0, "{args}");
        let call = answer.invalid_tool_calls().next().expect("an invalid call");
        assert_eq!(call.args.as_deref(), Some(args));
    }
    let call = json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{\"x\": 1}"}});
    let answer = read(&[json!({"tool_calls": [call]})], "length").message;
    // Arguments that are a complete object are valid, although the answer was truncated.
    assert_eq!(answer.tool_calls().count(), 1);
}

#[test]
fn the_input_of_a_tool_may_be_free_text() {
    let deltas = [
        json!({"tool_calls": [{"index": 0, "id": "a", "type": "custom",
            "custom": {"name": "sql", "input": "SELECT"}}]}),
        json!({"tool_calls": [{"index": 0, "custom": {"input": " 1"}}]}),
    ];
    let answer = read(&deltas, "tool_calls").message;
    assert_eq!(answer.tool_calls().next().expect("a tool call").args, "SELECT 1");
}

#[test]
fn the_last_usage_is_used_with_any_field_name() {
    let usage = |usage: Value| {
        let event = json!({"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": usage});
        event.to_string()
    };
    let first = usage(json!({"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}));
    let counted = |last: Value| {
        let last = usage(last);
        events(&protocol(), &[&first, &last, "[DONE]"]).message.usage.expect("a usage")
    };
    assert_eq!(
        counted(json!({"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 4})),
        Usage::new(9, 2).with_cache_read(4)
    );
    assert_eq!(
        counted(json!({"input_tokens": 9, "output_tokens": 2, "total_tokens": 11,
            "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 1},
            "output_tokens_details": {"reasoning_tokens": null}})),
        Usage::new(9, 2).with_cache_read(3).with_cache_creation(1)
    );
    // Reasoning tokens that the service does not count as output tokens are added to these.
    assert_eq!(
        counted(json!({"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 16,
            "completion_tokens_details": {"reasoning_tokens": 5}})),
        Usage::new(9, 7).with_reasoning(5)
    );
    // A usage without counts is ignored.
    assert_eq!(counted(json!({})), Usage::new(9, 1));
    let groq =
        json!({"choices": [], "x_groq": {"usage": {"prompt_tokens": 9, "completion_tokens": 3}}});
    let read = events(&protocol(), &[&first, &groq.to_string(), "[DONE]"]);
    assert_eq!(read.message.usage, Some(Usage::new(9, 3)));
}

#[test]
fn sources_become_annotations_of_the_text() {
    let cited = json!({"content": "Ruby.", "annotations": [{"type": "url_citation", "url_citation":
        {"url": "https://a.org", "title": "A", "start_index": 0, "end_index": 4}}]});
    let answer = read(&[cited], "stop").message;
    let ContentBlock::Text(text) = &answer.content[0] else { panic!("{answer:?}") };
    let [Annotation::Citation(citation)] = text.annotations.as_slice() else { panic!("{text:?}") };
    assert_eq!(citation.url.as_deref(), Some("https://a.org"));
    assert_eq!((citation.start_index, citation.end_index), (Some(0), Some(4)));

    // Perplexity repeats the sources in each event.
    let event = json!({"choices": [{"index": 0, "delta": {"content": "1"}}],
        "citations": ["https://a.org"],
        "search_results": [{"title": "A", "url": "https://a.org", "snippet": "Ruby is", "date": "2024"}]});
    let event = event.to_string();
    let read = events(&protocol(), &[&event, &event, &finish("stop"), "[DONE]"]);
    let ContentBlock::Text(text) = &read.message.content[0] else { panic!("{:?}", read.message) };
    let [Annotation::Citation(citation)] = text.annotations.as_slice() else { panic!("{text:?}") };
    assert_eq!(text.text, "11");
    assert_eq!(citation.cited_text.as_deref(), Some("Ruby is"));
    assert_eq!(citation.extras["date"], "2024");
}

#[test]
fn an_error_in_a_stream_follows_the_chunks_before_it() {
    let text = delta(json!({"content": "Hel"}));
    let overloaded =
        r#"{"error": {"message": "Overloaded", "type": "server_error", "code": null}}"#;
    let read = events(&protocol(), &[&text, overloaded]);
    assert_eq!(read.message.text(), "Hel");
    let error = read.error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.downcast_ref::<ApiError>().expect("an error of the service").message(),
        "Overloaded"
    );

    // The error is in a choice, next to a usage.
    let limited = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "error",
        "error": {"code": 429, "message": "Slow down"}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1}});
    let read = events(&protocol(), &[&text, &limited.to_string(), "[DONE]"]);
    assert_eq!(read.error.expect("an error").kind(), ErrorKind::RateLimit);
    assert_eq!(read.message.usage, Some(Usage::new(3, 1)));

    // The event has the name `error`.
    let named = format!("data: {text}\n\nevent: error\ndata: Gone\n\n");
    let read = streamed(&protocol(), [named.as_bytes()]);
    assert_eq!(read.message.text(), "Hel");
    assert!(read.error.expect("an error").to_string().contains("Gone"));
}

#[test]
fn an_error_may_have_a_success_status() {
    let read = whole(&protocol(), br#"{"error": {"message": "No credit", "code": 402}}"#);
    assert_eq!(read.error.expect("an error").kind(), ErrorKind::PermissionDenied);
    let read = whole(&protocol(), br#"{"id": "1", "choices": []}"#);
    assert_eq!(read.error.expect("an error").kind(), ErrorKind::Parse);
    let read = whole(&protocol(), b"<html>");
    assert_eq!(read.error.expect("an error").kind(), ErrorKind::Parse);
}

#[test]
fn a_truncated_stream_is_an_error_with_its_output() {
    let text = delta(json!({"content": "Hel"}));
    let read = events(&protocol(), &[&text]);
    assert_eq!(read.message.text(), "Hel");
    assert_eq!(read.error.expect("an error").kind(), ErrorKind::Connection);
    assert_eq!(events(&protocol(), &[]).error.expect("an error").kind(), ErrorKind::Connection);
    // Finish reasons end a stream too, if every choice has one.
    assert!(events(&protocol(), &[&text, &finish("stop")]).error.is_none());
    let other = json!({"choices": [{"index": 1, "delta": {"content": "B"}}]}).to_string();
    assert!(events(&protocol(), &[&text, &other, &finish("stop")]).error.is_some());
}

#[test]
fn audio_is_joined_from_its_parts() {
    let deltas = [
        json!({"audio": {"id": "audio_1"}}),
        // Each part has its own padding.
        json!({"audio": {"data": "QQ==", "transcript": "He"}}),
        json!({"audio": {"data": "QkM=", "transcript": "llo"}}),
        json!({"audio": {"expires_at": 9}}),
    ];
    let answer = read(&deltas, "stop").message;
    let [ContentBlock::Audio(sound)] = answer.content.as_slice() else { panic!("{answer:?}") };
    let mut expected = runnable_chat::Media::from_bytes("audio/wav", "ABC");
    expected.id = Some("audio_1".into());
    expected.extras.insert("transcript".into(), "Hello".into());
    expected.extras.insert("expires_at".into(), 9.into());
    assert_eq!(*sound, expected);
}

proptest! {
    #[test]
    fn a_field_of_a_wrong_type_affects_only_itself(
        key in prop::sample::select(vec![
            "refusal", "reasoning", "reasoning_content", "role", "name", "audio_id", "annotations",
        ]),
        value in prop_oneof![
            Just(Value::Null), Just(json!({})), Just(json!([])), Just(json!(1)), Just(json!(true)),
            Just(json!(-1)), Just(json!(0.5)), Just(json!({"a": [1]})),
        ],
    ) {
        let read = read(&[json!({"content": "a", key: value})], "stop");
        prop_assert_eq!(read.message.text(), "a");
    }

    #[test]
    fn an_invalid_response_is_an_error_and_not_a_panic(body in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert!(whole(&protocol(), &body).error.is_some());
    }
}
