//! Regular responses of every API, complete and streamed.

use providers_anthropic::anthropic;
use providers_openai::{Api, openai};
use runnable_chat::ChatModel;
use runnable_http::HttpRetryPolicy;
use serde_json::{Value, json};

use crate::reply::Reply;

/// A regular response.
pub(crate) struct Sample {
    pub(crate) api: &'static str,
    /// The events of a stream, or a single event that is the body of a complete response.
    pub(crate) events: Vec<(Option<&'static str>, Value)>,
    pub(crate) is_streamed: bool,
    /// The text that marks the end of a complete stream.
    pub(crate) ends: &'static [&'static str],
    /// The model that reads the response.
    pub(crate) model: fn(Reply) -> ChatModel,
}

/// The texts of which every answer contains most. A text must not be lost.
pub(crate) const WORDS: [&str; 8] =
    ["alpha", "beta", "gamma", "pondering", "weather", "oslo", "call_abc", "4711"];

/// The arguments of the tool call.
pub(crate) fn args() -> Value {
    json!({"city": "oslo", "days": 3})
}

fn of_openai(api: Api, reply: Reply) -> ChatModel {
    let model = openai("m").api(api).env(|_| None).api_key("sk-123");
    let model = model.http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(reply));
    model.build().expect("valid settings")
}

fn of_anthropic(reply: Reply) -> ChatModel {
    let model = anthropic("m").api_key("sk-123");
    let model = model.http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(reply));
    model.build().expect("valid settings")
}

const CHAT: fn(Reply) -> ChatModel = |reply| of_openai(Api::ChatCompletions, reply);
const RESPONSES: fn(Reply) -> ChatModel = |reply| of_openai(Api::Responses, reply);

pub(crate) fn all() -> Vec<Sample> {
    let unnamed = |events: Vec<(Option<&'static str>, Value)>| {
        events.into_iter().map(|(_, data)| (None, data)).collect::<Vec<_>>()
    };
    let sample = |api: &'static str, events, is_streamed, model| {
        let ends: &[_] = match api.split([',', ' ']).next() {
            Some("chat") => &["\"finish_reason\":\"tool_calls\""],
            Some("responses") => &["\"response.completed\""],
            _ => &["\"stop_reason\":\"tool_use\"", "\"message_stop\""],
        };
        Sample { api, events, is_streamed, ends, model }
    };
    vec![
        sample("chat, whole", chat_whole(), false, CHAT),
        sample("chat, streamed", chat_stream(), true, CHAT),
        sample("chat, rich", rich_chat(), false, CHAT),
        sample("responses, whole", vec![(None, response())], false, RESPONSES),
        sample("responses, rich", rich_response(), false, RESPONSES),
        sample("responses, streamed", responses_stream(), true, RESPONSES),
        sample("responses, unnamed events", unnamed(responses_stream()), true, RESPONSES),
        sample("anthropic, whole", vec![(None, message())], false, of_anthropic),
        sample("anthropic, rich", rich_message(), false, of_anthropic),
        sample("anthropic, streamed", anthropic_stream(), true, of_anthropic),
        sample("anthropic, unnamed events", unnamed(anthropic_stream()), true, of_anthropic),
    ]
}

const ARGS: &str = r#"{"city":"oslo","days":3}"#;

fn chat_whole() -> Vec<(Option<&'static str>, Value)> {
    let call = json!({"id": "call_abc", "type": "function",
        "function": {"name": "weather", "arguments": ARGS}});
    let message = json!({"role": "assistant", "content": "alpha beta", "refusal": null,
        "reasoning_content": "pondering", "tool_calls": [call], "annotations": []});
    let answer = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m-1",
        "choices": [{"index": 0, "message": message, "logprobs": null,
            "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 4711, "completion_tokens": 5, "total_tokens": 4716,
            "prompt_tokens_details": {"cached_tokens": 1}},
        "system_fingerprint": "fp", "service_tier": "default"});
    vec![(None, answer)]
}

/// An answer with several choices, log-probabilities, citations and details of the reasoning.
fn rich_chat() -> Vec<(Option<&'static str>, Value)> {
    let (_, mut answer) = chat_whole().remove(0);
    let choice = &mut answer["choices"][0];
    // The details of the reasoning replace its text.
    choice["message"].as_object_mut().unwrap().shift_remove("reasoning_content");
    choice["message"]["annotations"] = json!([{"type": "url_citation", "url_citation": {
        "start_index": 0, "end_index": 5, "url": "https://example.org", "title": "a title"}}]);
    choice["message"]["reasoning_details"] = json!([
        {"type": "reasoning.text", "text": "pondering", "signature": "c2ln", "index": 0}]);
    choice["logprobs"] = json!({"content": [{"token": "alpha", "logprob": -0.5, "bytes": [97],
        "top_logprobs": [{"token": "Alpha", "logprob": -1.5, "bytes": null}]}], "refusal": null});
    let message = json!({"role": "assistant", "content": null, "refusal": "gamma"});
    let other = json!({"index": 1, "message": message, "finish_reason": "stop"});
    answer["choices"].as_array_mut().unwrap().push(other);
    vec![(None, answer)]
}

/// An answer with a search by the service, and with a citation.
fn rich_response() -> Vec<(Option<&'static str>, Value)> {
    let mut answer = response();
    let search = json!({"type": "web_search_call", "id": "ws_1", "status": "completed",
        "action": {"type": "search", "query": "gamma"}});
    answer["output"].as_array_mut().unwrap().insert(0, search);
    answer["output"][2]["content"][0]["annotations"] = json!([{"type": "url_citation",
        "start_index": 0, "end_index": 5, "url": "https://example.org", "title": "a title"}]);
    answer["output"][2]["content"][0]["logprobs"] =
        json!([{"token": "alpha", "logprob": -0.5, "bytes": [97], "top_logprobs": []}]);
    vec![(None, answer)]
}

/// An answer with a search by the service, and with a citation.
fn rich_message() -> Vec<(Option<&'static str>, Value)> {
    let mut answer = message();
    let content = answer["content"].as_array_mut().unwrap();
    content[1]["citations"] = json!([{"type": "web_search_result_location",
        "url": "https://example.org", "title": "a title", "cited_text": "gamma",
        "encrypted_index": "e"}]);
    content.insert(
        1,
        json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
        "input": {"query": "gamma"}}),
    );
    content.insert(
        2,
        json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1",
        "content": [{"type": "web_search_result", "url": "https://example.org", "title": "gamma",
            "encrypted_content": "e", "page_age": null}]}),
    );
    vec![(None, answer)]
}

fn chat_stream() -> Vec<(Option<&'static str>, Value)> {
    let event = |choices: Value, usage: Value| {
        let event = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "m-1", "system_fingerprint": "fp", "choices": choices, "usage": usage});
        (None, event)
    };
    let delta = |delta: Value, reason: Value| {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason});
        event(json!([choice]), Value::Null)
    };
    let piece = |call: Value| delta(json!({"tool_calls": [call]}), Value::Null);
    let usage = json!({"prompt_tokens": 4711, "completion_tokens": 5, "total_tokens": 4716});
    vec![
        delta(json!({"role": "assistant", "content": ""}), Value::Null),
        delta(json!({"reasoning_content": "pondering"}), Value::Null),
        delta(json!({"content": "alpha "}), Value::Null),
        delta(json!({"content": "beta"}), Value::Null),
        piece(json!({"index": 0, "id": "call_abc", "type": "function",
            "function": {"name": "weather", "arguments": ""}})),
        piece(json!({"index": 0, "function": {"arguments": "{\"city\":"}})),
        piece(json!({"index": 0, "function": {"arguments": "\"oslo\","}})),
        piece(json!({"index": 0, "function": {"arguments": "\"days\":3}"}})),
        delta(json!({}), json!("tool_calls")),
        event(json!([]), usage),
        (None, json!("[DONE]")),
    ]
}

fn items() -> [Value; 3] {
    [
        json!({"type": "reasoning", "id": "rs_1", "summary": [
            {"type": "summary_text", "text": "pondering"}]}),
        json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "alpha beta", "annotations": [],
                "logprobs": []}]}),
        json!({"type": "function_call", "id": "fc_1", "call_id": "call_abc", "name": "weather",
            "arguments": ARGS, "status": "completed"}),
    ]
}

fn response() -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": 1, "status": "completed",
        "model": "m-1", "error": null, "incomplete_details": null, "output": items(),
        "service_tier": "default",
        "usage": {"input_tokens": 4711, "output_tokens": 5, "total_tokens": 4716,
            "input_tokens_details": {"cached_tokens": 0}}})
}

fn responses_stream() -> Vec<(Option<&'static str>, Value)> {
    let begun = |index: usize| {
        let mut item = items()[index].clone();
        item["status"] = json!("in_progress");
        let empty = ["summary", "content", "arguments"];
        for key in empty.into_iter().filter(|key| items()[index].get(key).is_some()) {
            item[key] = if key == "arguments" { json!("") } else { json!([]) };
        }
        json!({"output_index": index, "item": item})
    };
    let done = |index: usize| json!({"output_index": index, "item": items()[index]});
    let mut early = response();
    (early["status"], early["output"], early["usage"]) =
        (json!("in_progress"), json!([]), Value::Null);
    let text = |fields: Value| {
        let mut event = json!({"output_index": 1, "item_id": "msg_1", "content_index": 0});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        event
    };
    let args = |key: &str, text: &str| json!({"output_index": 2, "item_id": "fc_1", key: text});
    let events = [
        ("response.created", json!({"response": early})),
        ("response.output_item.added", begun(0)),
        (
            "response.reasoning_summary_text.delta",
            json!({"output_index": 0, "item_id": "rs_1", "summary_index": 0, "delta": "pondering"}),
        ),
        (
            "response.reasoning_summary_text.done",
            json!({"output_index": 0, "item_id": "rs_1", "summary_index": 0, "text": "pondering"}),
        ),
        ("response.output_item.done", done(0)),
        ("response.output_item.added", begun(1)),
        (
            "response.content_part.added",
            text(json!({"part": {"type": "output_text", "text": "", "annotations": []}})),
        ),
        ("response.output_text.delta", text(json!({"delta": "alpha ", "logprobs": []}))),
        ("response.output_text.delta", text(json!({"delta": "beta", "logprobs": []}))),
        ("response.output_text.done", text(json!({"text": "alpha beta", "logprobs": []}))),
        ("response.output_item.done", done(1)),
        ("response.output_item.added", begun(2)),
        ("response.function_call_arguments.delta", args("delta", "{\"city\":\"os")),
        ("response.function_call_arguments.delta", args("delta", "lo\",\"days\":3}")),
        ("response.function_call_arguments.done", args("arguments", ARGS)),
        ("response.output_item.done", done(2)),
        ("response.completed", json!({"response": response()})),
    ];
    let events = events.into_iter().zip(0..).map(|((kind, mut event), number)| {
        event["type"] = json!(kind);
        event["sequence_number"] = json!(number);
        (Some(kind), event)
    });
    events.collect()
}

fn message() -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1",
        "content": [
            {"type": "thinking", "thinking": "pondering", "signature": "c2ln"},
            {"type": "text", "text": "alpha beta", "citations": null},
            {"type": "tool_use", "id": "call_abc", "name": "weather", "input": args()},
        ],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": {"input_tokens": 4711, "output_tokens": 5, "service_tier": "standard"}})
}

fn anthropic_stream() -> Vec<(Option<&'static str>, Value)> {
    let mut begun = message();
    (begun["content"], begun["stop_reason"]) = (json!([]), Value::Null);
    let start = |index: usize, block: Value| {
        ("content_block_start", json!({"index": index, "content_block": block}))
    };
    let delta = |index: usize, delta: Value| {
        ("content_block_delta", json!({"index": index, "delta": delta}))
    };
    let args = |text: &str| delta(2, json!({"type": "input_json_delta", "partial_json": text}));
    let stop = |index: usize| ("content_block_stop", json!({"index": index}));
    let events = [
        ("message_start", json!({"message": begun})),
        start(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, json!({"type": "thinking_delta", "thinking": "pondering"})),
        delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        stop(0),
        ("ping", json!({})),
        start(1, json!({"type": "text", "text": ""})),
        delta(1, json!({"type": "text_delta", "text": "alpha "})),
        delta(1, json!({"type": "text_delta", "text": "beta"})),
        stop(1),
        start(2, json!({"type": "tool_use", "id": "call_abc", "name": "weather", "input": {}})),
        args("{\"city\":"),
        args("\"oslo\","),
        args("\"days\":3}"),
        stop(2),
        (
            "message_delta",
            json!({"delta": {"stop_reason": "tool_use", "stop_sequence": null},
                "usage": {"output_tokens": 5}}),
        ),
        ("message_stop", json!({})),
    ];
    let events = events.into_iter().map(|(kind, mut event)| {
        event["type"] = json!(kind);
        (Some(kind), event)
    });
    events.collect()
}
