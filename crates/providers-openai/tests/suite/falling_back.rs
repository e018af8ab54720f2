//! Streams that fail before the model has started its answer.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::{BoxFuture, FutureExt};
use providers_openai::{Api, openai};
use runnable_chat::prelude::*;
use runnable_http::{Bytes, HttpBody, Transport, http};
use serde_json::{Value, json};

/// A transport that responds to each request with these events.
#[derive(Clone)]
struct Service {
    events: String,
    requests: Arc<AtomicUsize>,
}

impl Transport for Service {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let body = HttpBody::from(self.events.clone());
        let answer = http::Response::builder().header("content-type", "text/event-stream");
        async move { Ok(answer.body(body).unwrap()) }.boxed()
    }
}

fn model(api: Api, events: &str) -> (Arc<AtomicUsize>, ChatModel) {
    let service = Service { events: events.to_owned(), requests: Arc::default() };
    let requests = Arc::clone(&service.requests);
    let builder = openai("gpt-5").api(api).env(|_| None).api_key("k");
    (requests, builder.http(|client| client.transport(service)).build().unwrap())
}

fn events(events: &[Value]) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

fn choice(delta: Value) -> Value {
    let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": null});
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5",
        "service_tier": "default", "system_fingerprint": null, "choices": [choice], "usage": null})
}

fn overloaded() -> Value {
    json!({"error": {"message": "The server is overloaded", "type": "server_error", "code": null}})
}

/// Asserts that a model that fails after `begin` is replaced, before and after a parser.
async fn assert_falls_back(api: Api, begin: &str, whole: &str) {
    let (_, broken) = model(api, begin);
    let (_, other) = model(api, whole);
    let chain = broken.clone().with_fallback(other.clone()).pipe(text());
    assert_eq!(chain.stream("Hi").concat().await.unwrap(), "Hello", "{begin}");
    let chain = broken.pipe(text()).with_fallback(other.pipe(text()));
    assert_eq!(chain.stream("Hi").concat().await.unwrap(), "Hello", "{begin}");
}

#[tokio::test]
async fn a_completion_that_fails_after_its_role_falls_back() {
    let role = choice(json!({"role": "assistant", "content": "", "refusal": null}));
    let end = json!({"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let whole = events(&[role.clone(), choice(json!({"content": "Hello"})), end]);
    let filters = json!({"id": "", "model": "", "choices": [],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]});
    let nothing = choice(json!({"role": "assistant", "content": null, "reasoning": "",
        "reasoning_content": "", "reasoning_details": [], "tool_calls": [], "annotations": []}));
    let mut unfinished = choice(json!({"role": "assistant", "content": ""}));
    unfinished["choices"][0]["finish_reason"] = "".into();
    let usage = json!({"id": "1", "choices": [],
        "usage": {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}});
    for begin in [
        vec![role.clone(), overloaded()],
        vec![role.clone()],
        vec![filters, role.clone(), overloaded()],
        vec![nothing.clone(), nothing, overloaded()],
        vec![unfinished, overloaded()],
        vec![role.clone(), usage, overloaded()],
    ] {
        assert_falls_back(Api::ChatCompletions, &events(&begin), &whole).await;
    }
    let processing = format!(": OPENROUTER PROCESSING\n\n{}", events(&[role, overloaded()]));
    assert_falls_back(Api::ChatCompletions, &processing, &whole).await;
}

#[tokio::test]
async fn a_response_that_fails_before_its_text_falls_back() {
    let response = |status: &str| {
        json!({"id": "resp_1", "object": "response", "status": status, "model": "gpt-5",
            "output": [], "usage": null, "error": null})
    };
    let created = json!({"type": "response.created", "response": response("in_progress")});
    let running = json!({"type": "response.in_progress", "response": response("in_progress")});
    let reasoning = json!({"type": "response.output_item.added", "output_index": 0,
        "item": {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": null}});
    let item = json!({"type": "response.output_item.added", "output_index": 0,
        "item": {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress",
            "content": []}});
    let part = json!({"type": "response.content_part.added", "output_index": 0,
        "content_index": 0, "item_id": "msg_1",
        "part": {"type": "output_text", "text": "", "annotations": [], "logprobs": []}});
    let piece = json!({"type": "response.output_text.delta", "output_index": 0,
        "content_index": 0, "item_id": "msg_1", "delta": "Hello"});
    let completed = json!({"type": "response.completed", "response": response("completed")});
    let mut broken = response("failed");
    broken["error"] = json!({"code": "server_error", "message": "overloaded"});
    let failed = json!({"type": "response.failed", "response": broken});
    let error = json!({"type": "error", "code": "server_error", "message": "overloaded"});
    let whole = events(&[created.clone(), item.clone(), part.clone(), piece, completed]);
    for begin in [
        vec![created.clone(), error.clone()],
        vec![created.clone(), running.clone(), failed.clone()],
        vec![created.clone(), reasoning, error],
        vec![created.clone(), item.clone(), part.clone(), failed],
        vec![created, running, item, part],
    ] {
        assert_falls_back(Api::Responses, &events(&begin), &whole).await;
    }
}

#[tokio::test]
async fn a_completion_that_fails_after_content_does_not_fall_back() {
    let call = json!([{"index": 0, "id": "call_1", "type": "function",
        "function": {"name": "search", "arguments": ""}}]);
    for delta in [json!({"content": "H"}), json!({"reasoning": "hm"}), json!({"tool_calls": call})]
    {
        let (_, broken) = model(Api::ChatCompletions, &events(&[choice(delta), overloaded()]));
        let (requests, other) = model(Api::ChatCompletions, "");
        let call = broken.with_fallback(other).stream("Hi").concat().await;
        assert_eq!(call.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(requests.load(Ordering::Relaxed), 0);
    }
}
