//! The responses of each service: an answer with a tool call, and the final answer.

use serde_json::{Value, json};

const ARGS: &str = r#"{"city":"oslo"}"#;
const ANSWER: &str = "It rains.";

/// Returns the body of a stream with these events.
fn events(events: impl IntoIterator<Item = Value>) -> String {
    let event = |data: Value| match data["type"].as_str() {
        Some(kind) => format!("event: {kind}\ndata: {data}\n\n"),
        None => format!("data: {}\n\n", data.as_str().map_or(data.to_string(), str::to_owned)),
    };
    events.into_iter().map(event).collect()
}

fn call() -> Value {
    json!({"index": 0, "id": "call_abc", "type": "function",
        "function": {"name": "weather", "arguments": ARGS}})
}

fn complete_chat(message: Value, reason: &str) -> String {
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": reason});
    let usage = json!({"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25});
    json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m-1",
        "choices": [choice], "usage": usage})
    .to_string()
}

fn streamed_chat(deltas: impl IntoIterator<Item = Value>, reason: &str) -> String {
    let chunk = |delta: Value, reason: Value| {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason});
        json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m-1",
            "choices": [choice], "usage": null})
    };
    let deltas = deltas.into_iter().map(|delta| chunk(delta, Value::Null)).collect::<Vec<_>>();
    let ends = [chunk(json!({}), json!(reason)), json!("[DONE]")];
    events(deltas.into_iter().chain(ends))
}

pub(crate) fn chat(is_streamed: bool) -> [String; 2] {
    if !is_streamed {
        let called = json!({"role": "assistant", "content": "I look.", "tool_calls": [call()]});
        let answered = json!({"role": "assistant", "content": ANSWER, "refusal": null});
        return [complete_chat(called, "tool_calls"), complete_chat(answered, "stop")];
    }
    let piece = |call: Value| json!({"tool_calls": [call]});
    let (before, after) = ARGS.split_at(7);
    let called = [
        json!({"role": "assistant", "content": ""}),
        json!({"content": "I look."}),
        piece(json!({"index": 0, "id": "call_abc", "type": "function",
            "function": {"name": "weather", "arguments": ""}})),
        piece(json!({"index": 0, "function": {"arguments": before}})),
        piece(json!({"index": 0, "function": {"arguments": after}})),
    ];
    let answered = [json!({"role": "assistant", "content": "It "}), json!({"content": "rains."})];
    [streamed_chat(called, "tool_calls"), streamed_chat(answered, "stop")]
}

/// Groq sends a complete tool call in one chunk, and no content before it.
pub(crate) fn groq(is_streamed: bool) -> [String; 2] {
    if !is_streamed {
        let called = json!({"role": "assistant", "tool_calls": [call()]});
        let answered = json!({"role": "assistant", "content": ANSWER});
        return [complete_chat(called, "tool_calls"), complete_chat(answered, "stop")];
    }
    let called = [json!({"role": "assistant", "content": null}), json!({"tool_calls": [call()]})];
    let answered = [json!({"role": "assistant", "content": ""}), json!({"content": ANSWER})];
    [streamed_chat(called, "tool_calls"), streamed_chat(answered, "stop")]
}

fn response(item: &Value) -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": 1, "status": "completed",
        "model": "m-1", "error": null, "incomplete_details": null, "output": [item],
        "usage": {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25}})
}

pub(crate) fn responses(is_streamed: bool) -> [String; 2] {
    let function = |args: &str| {
        json!({"type": "function_call", "id": "fc_1", "call_id": "call_abc", "name": "weather",
            "arguments": args, "status": "completed"})
    };
    let message = |content: Value| {
        json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": content})
    };
    let text = json!({"type": "output_text", "text": ANSWER, "annotations": []});
    let (called, answered) = (function(ARGS), message(json!([text])));
    if !is_streamed {
        return [response(&called).to_string(), response(&answered).to_string()];
    }
    let stream = |begun: Value, deltas: Vec<Value>, item: &Value| {
        let added = json!({"type": "response.output_item.added", "output_index": 0, "item": begun});
        let done = json!({"type": "response.output_item.done", "output_index": 0, "item": item});
        let end = json!({"type": "response.completed", "response": response(item)});
        events([added].into_iter().chain(deltas).chain([done, end]))
    };
    let args = |delta: &str| {
        json!({"type": "response.function_call_arguments.delta", "output_index": 0,
            "item_id": "fc_1", "delta": delta})
    };
    let words = |delta: &str| {
        json!({"type": "response.output_text.delta", "output_index": 0, "item_id": "msg_1",
            "content_index": 0, "delta": delta})
    };
    let (before, after) = ARGS.split_at(7);
    [
        stream(function(""), vec![args(before), args(after)], &called),
        stream(message(json!([])), vec![words("It "), words("rains.")], &answered),
    ]
}

fn anthropic_message(content: Value, reason: Value) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1",
        "content": content, "stop_reason": reason, "stop_sequence": null,
        "usage": {"input_tokens": 20, "output_tokens": 5}})
}

pub(crate) fn anthropic(is_streamed: bool) -> [String; 2] {
    if !is_streamed {
        let called = json!([
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "call_abc", "name": "weather", "input": {"city": "oslo"}},
        ]);
        let answered = json!([{"type": "text", "text": ANSWER}]);
        return [
            anthropic_message(called, json!("tool_use")).to_string(),
            anthropic_message(answered, json!("end_turn")).to_string(),
        ];
    }
    let start = |index: u32, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let delta = |index: u32, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let stop = |index: u32| json!({"type": "content_block_stop", "index": index});
    let text = |words: &str| delta(0, json!({"type": "text_delta", "text": words}));
    let args = |part: &str| delta(1, json!({"type": "input_json_delta", "partial_json": part}));
    let stream = |blocks: Vec<Value>, reason: &str| {
        let message = anthropic_message(json!([]), Value::Null);
        let begin = json!({"type": "message_start", "message": message});
        let end = json!({"type": "message_delta", "usage": {"output_tokens": 5},
            "delta": {"stop_reason": reason, "stop_sequence": null}});
        let stop = json!({"type": "message_stop"});
        events([begin].into_iter().chain(blocks).chain([end, stop]))
    };
    let begun = json!({"type": "text", "text": ""});
    let tool = json!({"type": "tool_use", "id": "call_abc", "name": "weather", "input": {}});
    let (before, after) = ARGS.split_at(7);
    let called = vec![
        start(0, begun.clone()),
        text("I look."),
        stop(0),
        start(1, tool),
        args(before),
        args(after),
        stop(1),
    ];
    let answered = vec![start(0, begun), text("It "), text("rains."), stop(0)];
    [stream(called, "tool_use"), stream(answered, "end_turn")]
}
