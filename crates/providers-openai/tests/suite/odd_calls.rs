//! Tool calls in the forms in which services send them, for both APIs.

use std::collections::HashSet;

use providers_openai::{Api, OpenAiProtocol, openai};
use runnable_chat::{
    AiMessage, ChatOptions, PromptValue, ToolMessage, model::ChatRequest, tool::ToolDefinition,
};
use runnable_http::chat::ChatProtocol;
use serde_json::{Value, json};

use crate::answers::{events, streamed_to, whole};

fn protocol(api: Api) -> OpenAiProtocol {
    openai("m").api(api).protocol()
}

/// Reads a stream of Chat Completions with these parts of calls.
fn chat(pieces: &[Value]) -> AiMessage {
    let piece = |piece: &Value| {
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]}).to_string()
    };
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]});
    let data: Vec<_> = pieces.iter().map(piece).chain([end.to_string()]).collect();
    let data: Vec<_> = data.iter().map(String::as_str).chain(["[DONE]"]).collect();
    let read = events(&protocol(Api::ChatCompletions), &data);
    assert!(read.error.is_none(), "{:?}", read.error);
    read.message
}

/// Reads a complete response of Chat Completions with these calls.
fn chat_whole(calls: &[Value]) -> AiMessage {
    let message = json!({"role": "assistant", "content": null, "tool_calls": calls});
    let body = json!({"choices": [{"message": message, "finish_reason": "tool_calls"}]});
    whole(&protocol(Api::ChatCompletions), body.to_string().as_bytes()).message
}

/// Reads a stream of the Responses API with these events.
fn responses(data: &[Value]) -> AiMessage {
    let data: Vec<_> = data.iter().map(Value::to_string).collect();
    let read =
        events(&protocol(Api::Responses), &data.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(read.error.is_none(), "{:?}", read.error);
    read.message
}

fn event(kind: &str, mut fields: Value) -> Value {
    fields["type"] = format!("response.{kind}").into();
    fields
}

fn item(call_id: Option<&str>, name: &str, args: &str) -> Value {
    json!({"type": "function_call", "id": "fc", "call_id": call_id, "name": name,
        "arguments": args})
}

fn piece(index: u32, id: Option<&str>, name: Option<&str>, args: &str) -> Value {
    json!({"index": index, "id": id, "function": {"name": name, "arguments": args}})
}

/// Returns the names and arguments of the calls, which must be valid and have different IDs.
fn calls(answer: &AiMessage) -> Vec<(String, Value)> {
    assert_eq!(answer.invalid_tool_calls().count(), 0, "{answer:?}");
    let ids: HashSet<_> = answer.tool_calls().map(|call| call.id.clone()).collect();
    assert!(ids.iter().all(|id| id.as_ref().is_some_and(|id| !id.is_empty())), "{answer:?}");
    assert_eq!(ids.len(), answer.tool_calls().count(), "{answer:?}");
    answer.tool_calls().map(|call| (call.name.clone(), call.args.clone())).collect()
}

fn made(calls: &[(&str, Value)]) -> Vec<(String, Value)> {
    calls.iter().map(|(name, args)| ((*name).to_owned(), args.clone())).collect()
}

#[test]
fn a_part_without_a_name_continues_its_call() {
    let expected = made(&[("f", json!({"a": 1}))]);
    for ids in [
        [Some("x"), Some("y"), Some("z")],
        [Some("x"), Some(""), Some("")],
        [None, None, Some("x")],
        [None, Some("x"), None],
        [Some("x"), None, Some("x")],
    ] {
        for index in [json!(0), Value::Null, json!("0")] {
            let mut pieces = [
                piece(0, ids[0], Some("f"), ""),
                piece(0, ids[1], None, "{\"a\":"),
                piece(0, ids[2], Some(""), " 1}"),
            ];
            pieces.iter_mut().for_each(|piece| piece["index"] = index.clone());
            assert_eq!(calls(&chat(&pieces)), expected, "{ids:?}, {index}");
        }
    }
    // The rest of a call arrives with another index than its start.
    let strayed = [piece(0, Some("x"), Some("f"), ""), piece(1, None, None, "{\"a\": 1}")];
    assert_eq!(calls(&chat(&strayed)), expected);
    // Each part has a new ID and repeats the name.
    let named = [piece(0, Some("x"), Some("f"), "{\"a\":"), piece(0, Some("y"), Some("f"), " 1}")];
    assert_eq!(calls(&chat(&named)), expected);
}

#[test]
fn a_name_after_complete_arguments_starts_a_call() {
    let two = made(&[("f", json!({"a": 1})), ("g", json!({}))]);
    for second in [None, Some("x"), Some("y")] {
        let pieces = [
            piece(0, Some("x"), Some("f"), "{\"a\":"),
            piece(0, None, None, " 1}"),
            piece(0, second, Some("g"), ""),
            piece(0, None, None, "{}"),
        ];
        assert_eq!(calls(&chat(&pieces)), two, "{second:?}");
    }
}

#[test]
fn the_parts_of_a_name_are_joined() {
    let pieces = [
        piece(0, Some("x"), Some("get_"), ""),
        piece(0, None, Some("weather"), ""),
        piece(0, None, None, "{}"),
    ];
    assert_eq!(calls(&chat(&pieces)), made(&[("get_weather", json!({}))]));
}

/// Reads a stream of Chat Completions with these parts of calls, for a request with tools of these
/// names.
fn chat_with(tools: &[&str], pieces: &[Value]) -> AiMessage {
    let tools = tools.iter().map(|name| ToolDefinition::new(*name, "", json!({"type": "object"})));
    let request = ChatRequest::new("Hi", ChatOptions::new().tools(tools));
    let piece = |piece: &Value| json!({"choices": [{"delta": {"tool_calls": [piece]}}]});
    let end = json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]});
    let data = pieces.iter().map(piece).chain([end]);
    let stream: String = data.map(|event| format!("data: {event}\n\n")).collect();
    let read = streamed_to(&protocol(Api::ChatCompletions), &request, [stream.as_bytes()]);
    assert!(read.error.is_none(), "{:?}", read.error);
    read.message
}

#[test]
fn calls_of_one_index_that_are_named_before_their_arguments_are_told_apart() {
    let two = made(&[("f", json!({"a": {"b": "}"}})), ("g", json!({"c": 2}))]);
    for ids in [[None, None], [Some("x"), Some("x")], [Some("x"), None]] {
        let mut pieces = vec![
            piece(0, ids[0], Some("f"), ""),
            piece(0, ids[1], Some("g"), ""),
            piece(0, None, None, "{\"a\": {\"b\":"),
            piece(0, None, None, " \"}\"}}"),
            piece(0, None, None, "{\"c\":"),
            piece(0, None, None, " 2}"),
        ];
        assert_eq!(calls(&chat_with(&["f", "g"], &pieces)), two, "{ids:?}");
        // Another call at the next index is a third call.
        pieces.push(piece(1, None, Some("f"), "{}"));
        let mut three = two.clone();
        three.extend(made(&[("f", json!({}))]));
        assert_eq!(calls(&chat_with(&["f", "g"], &pieces)), three, "{ids:?}");
    }
}

#[test]
fn a_name_in_pieces_is_joined_though_its_first_piece_is_a_tool() {
    let pieces = |second| {
        [
            piece(0, Some("x"), Some("get"), ""),
            piece(0, None, Some(second), ""),
            piece(0, None, None, "{}"),
        ]
    };
    let joined = made(&[("get_weather", json!({}))]);
    let tools = ["get", "get_weather", "_weather"];
    assert_eq!(calls(&chat_with(&tools, &pieces("_weather"))), joined);
    // A name that is not the name of a tool in the request does not start a call.
    assert_eq!(calls(&chat_with(&["get"], &pieces("_weather"))), joined);
    // A service repeats the name in each part.
    assert_eq!(calls(&chat_with(&["get"], &pieces("get"))), made(&[("get", json!({}))]));
}

#[test]
fn an_id_with_two_indexes_or_repeated_is_two_calls() {
    let two = made(&[("f", json!({"a": 1})), ("g", json!({"b": 2}))]);
    let at = |first, second| {
        [
            piece(first, Some("x"), Some("f"), "{\"a\": 1}"),
            piece(second, Some("x"), Some("g"), "{\"b\": 2}"),
        ]
    };
    for pieces in [at(0, 1), at(0, 0)] {
        assert_eq!(calls(&chat(&pieces)), two);
        assert_eq!(calls(&chat_whole(&pieces)), two);
    }
    let empty = [piece(0, Some("x"), Some("f"), ""), piece(0, Some("x"), Some("g"), "")];
    assert_eq!(calls(&chat_whole(&empty)), made(&[("f", json!({})), ("g", json!({}))]));

    let items = [item(Some("x"), "f", "{\"a\": 1}"), item(Some("x"), "g", "{\"b\": 2}")];
    let end = event("completed", json!({"response": {"status": "completed", "output": []}}));
    for indexes in [[0, 1], [0, 0]] {
        let done = |at: usize| {
            event("output_item.done", json!({"output_index": indexes[at], "item": items[at]}))
        };
        assert_eq!(calls(&responses(&[done(0), done(1), end.clone()])), two, "{indexes:?}");
        let begun = |at: usize| {
            let mut item = items[at].clone();
            item["arguments"] = "".into();
            event("output_item.added", json!({"output_index": indexes[at], "item": item}))
        };
        let args = |at: usize| {
            let args = &items[at]["arguments"];
            event(
                "function_call_arguments.done",
                json!({"output_index": indexes[at], "arguments": args}),
            )
        };
        let stream = [begun(0), args(0), done(0), begun(1), args(1), done(1), end.clone()];
        assert_eq!(calls(&responses(&stream)), two, "{indexes:?}");
    }
    let body = json!({"status": "completed", "output": items});
    let read = whole(&protocol(Api::Responses), body.to_string().as_bytes());
    assert_eq!(calls(&read.message), two);
}

#[test]
fn a_tool_called_twice_at_one_index_is_two_calls() {
    let (one, two) = ("{\"a\": 1}", "{\"a\": 2}");
    let expected = made(&[("f", json!({"a": 1})), ("f", json!({"a": 2}))]);
    for ids in [
        [None, None],
        [Some(""), Some("")],
        [Some("x"), Some("x")],
        [Some("x"), Some("y")],
        [None, Some("y")],
    ] {
        let pieces = [
            piece(0, ids[0], Some("f"), ""),
            piece(0, None, None, one),
            piece(0, ids[1], Some("f"), ""),
            piece(0, None, None, two),
        ];
        assert_eq!(calls(&chat(&pieces)), expected, "{ids:?}");

        let call = |at: usize, args: &str| {
            let mut item = item(ids[at], "f", args);
            item["id"] = Value::Null;
            item
        };
        let added = |at, args| {
            event("output_item.added", json!({"output_index": 0, "item": call(at, args)}))
        };
        let delta = |args: &str| {
            event("function_call_arguments.delta", json!({"output_index": 0, "delta": args}))
        };
        let complete = |args: &str| {
            event("function_call_arguments.done", json!({"output_index": 0, "arguments": args}))
        };
        let done = |at, args| {
            event("output_item.done", json!({"output_index": 0, "item": call(at, args)}))
        };
        let all = json!([call(0, one), call(1, two)]);
        for stream in [
            vec![
                added(0, ""),
                delta(one),
                complete(one),
                done(0, one),
                added(1, ""),
                delta(two),
                complete(two),
                done(1, two),
            ],
            vec![
                added(0, ""),
                delta("{\"a\":"),
                delta(" 1}"),
                done(0, one),
                added(1, ""),
                delta("{\"a\":"),
                delta(" 2}"),
                done(1, two),
            ],
            vec![added(0, ""), delta(one), complete(one), added(1, ""), delta(two), complete(two)],
            vec![added(0, ""), delta(one), added(1, ""), delta(two)],
            vec![added(0, ""), complete(one), added(1, ""), complete(two)],
            vec![added(0, ""), done(0, one), added(1, ""), done(1, two)],
            vec![added(0, one), added(1, two)],
            vec![added(0, one), done(0, one), added(1, two), done(1, two)],
            vec![done(0, one), done(1, two)],
        ] {
            for output in [json!([]), all.clone()] {
                let end = json!({"response": {"status": "completed", "output": output}});
                let stream = [&stream[..], &[event("completed", end)]].concat();
                assert_eq!(calls(&responses(&stream)), expected, "{ids:?}: {stream:?}");
            }
        }
        let body = json!({"status": "completed", "output": all});
        let read = whole(&protocol(Api::Responses), body.to_string().as_bytes());
        assert_eq!(calls(&read.message), expected, "{ids:?}");
    }
    // The start of a call that is sent twice, or late, is not a second call.
    let again = |args| {
        event("output_item.added", json!({"output_index": 0, "item": item(Some("x"), "f", args)}))
    };
    let delta = event("function_call_arguments.delta", json!({"output_index": 0, "delta": one}));
    let end = event("completed", json!({"response": {"status": "completed", "output": []}}));
    for stream in [
        vec![again(""), again(""), delta.clone()],
        vec![again(one), again(one)],
        vec![delta.clone(), again("")],
        vec![
            again(""),
            delta,
            event(
                "output_item.done",
                json!({"output_index": 0, "item": item(Some("x"), "f", one)}),
            ),
        ],
    ] {
        let stream = [&stream[..], std::slice::from_ref(&end)].concat();
        assert_eq!(calls(&responses(&stream)), made(&[("f", json!({"a": 1}))]), "{stream:?}");
    }
}

#[test]
fn complete_calls_that_are_all_at_index_0_are_several() {
    let three = made(&[("f", json!({"a": 1})), ("f", json!({"a": 2})), ("g", json!({}))]);
    for ids in [[None; 3], [Some("x"), Some("y"), Some("z")], [Some("x"); 3]] {
        for counted in [true, false] {
            let mut pieces = [
                piece(0, ids[0], Some("f"), "{\"a\": 1}"),
                piece(0, ids[1], Some("f"), "{\"a\": 2}"),
                piece(0, ids[2], Some("g"), "{}"),
            ];
            if !counted {
                pieces.iter_mut().for_each(|piece| piece["index"] = Value::Null);
            }
            assert_eq!(calls(&chat(&pieces)), three, "{ids:?}");
            assert_eq!(calls(&chat_whole(&pieces)), three, "{ids:?}");
        }
    }
}

/// Returns the IDs of the calls and of their results in the request that follows an answer.
fn ids_sent(api: Api, answer: AiMessage) -> (Vec<String>, Vec<String>) {
    let ids: Vec<_> = answer.tool_calls().map(|call| call.id.clone().unwrap_or_default()).collect();
    let mut prompt = PromptValue::from("Hi");
    prompt.push(answer);
    prompt.extend(ids.into_iter().map(|id| ToolMessage::new(id, "noon")));
    sent(api, prompt)
}

fn sent(api: Api, prompt: PromptValue) -> (Vec<String>, Vec<String>) {
    let request = protocol(api).encode(&ChatRequest::new(prompt, ChatOptions::new())).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = |value: &Value, of: &dyn Fn(&Value) -> Vec<String>| -> Vec<String> {
        value.as_array().unwrap().iter().flat_map(of).collect()
    };
    match api {
        Api::ChatCompletions => {
            let calls = |message: &Value| {
                let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
                calls.iter().map(|call| text(&call["id"])).collect()
            };
            let answers =
                |message: &Value| message.get("tool_call_id").map(&text).into_iter().collect();
            (all(&body["messages"], &calls), all(&body["messages"], &answers))
        }
        _ => {
            let of = |kind: &'static str| {
                move |item: &Value| {
                    if item["type"] == kind { vec![text(&item["call_id"])] } else { Vec::new() }
                }
            };
            let (calls, answers) = (of("function_call"), of("function_call_output"));
            (all(&body["input"], &calls), all(&body["input"], &answers))
        }
    }
}

#[test]
fn a_call_without_an_id_gets_one_for_its_result() {
    let pieces = [piece(0, None, Some("f"), "{}"), piece(1, Some(""), Some("f"), "{}")];
    let item = |index: u32| {
        event("output_item.done", json!({"output_index": index, "item": item(None, "f", "{}")}))
    };
    let end = event("completed", json!({"response": {"status": "completed", "output": []}}));
    for (api, answer) in [
        (Api::ChatCompletions, chat(&pieces)),
        (Api::ChatCompletions, chat_whole(&pieces)),
        (Api::Responses, responses(&[item(0), item(1), end])),
    ] {
        assert_eq!(calls(&answer).len(), 2);
        let (calls, answers) = ids_sent(api, answer);
        assert_eq!(calls, answers);
        assert!(calls.iter().all(|id| !id.is_empty()) && calls[0] != calls[1], "{calls:?}");
    }
}

#[test]
fn calls_of_a_handwritten_conversation_get_ids() {
    let call = |name: &str| -> runnable_chat::ToolCall {
        serde_json::from_value(json!({"name": name, "args": {}})).unwrap()
    };
    for api in [Api::ChatCompletions, Api::Responses] {
        let mut prompt = PromptValue::from("Hi");
        prompt.push(AiMessage::new("").with_block(call("f")).with_block(call("g")));
        // The first result belongs to the call of `g`, because it has this name. The second result
        // belongs to the remaining call.
        prompt.push(ToolMessage::new("", "of g").with_name("g"));
        prompt.push(ToolMessage::new("", "of f"));
        let (calls, answers) = sent(api, prompt);
        assert_eq!(calls, [answers[1].clone(), answers[0].clone()]);
        assert!(!calls[0].is_empty() && calls[0] != calls[1], "{calls:?}");
    }
}
