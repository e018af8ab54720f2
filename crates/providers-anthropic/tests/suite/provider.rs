//! The suite of every provider.

use std::time::Duration;

use providers_anthropic::anthropic;
use runnable_chat::{ChatModel, Usage};
use runnable_http::HttpRetryPolicy;
use runnable_testing::provider_suite::{ExpectedRun, ServiceFixture};
use serde_json::{Value, json};

/// The Messages API.
#[derive(Clone)]
pub(crate) struct Messages;

pub(crate) fn event(kind: &str, mut fields: Value) -> String {
    fields["type"] = kind.into();
    format!("event: {kind}\ndata: {fields}\n\n")
}

fn message(content: Value, stop_reason: Option<&str>, usage: Value) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": content, "stop_reason": stop_reason, "stop_sequence": null, "usage": usage,
    })
}

fn model(base_url: &str, key: &str, retry: HttpRetryPolicy) -> ChatModel {
    let builder = anthropic("claude-sonnet-4-5").base_url(base_url).api_key(key);
    builder.http(move |client| client.no_proxy().retry_policy(retry)).build().unwrap()
}

impl ServiceFixture for Messages {
    fn expected_run(&self) -> ExpectedRun {
        ExpectedRun { run: "ChatAnthropic", provider: "anthropic", model: "claude-sonnet-4-5" }
    }

    fn model(&self, base_url: &str, key: &str) -> ChatModel {
        model(base_url, key, HttpRetryPolicy::none())
    }

    fn retrying_model(&self, base_url: &str, key: &str) -> Option<ChatModel> {
        Some(model(base_url, key, HttpRetryPolicy::default().initial_backoff(Duration::ZERO)))
    }

    fn response_body(&self, text: &str, usage: Usage) -> Value {
        let usage =
            json!({"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens});
        message(json!([{"type": "text", "text": text}]), Some("end_turn"), usage)
    }

    fn stream_start(&self) -> String {
        // The output count of the first event covers only the start.
        let start = message(json!([]), None, json!({"input_tokens": 11, "output_tokens": 1}));
        event("message_start", json!({"message": start}))
            + &event(
                "content_block_start",
                json!({"index": 0, "content_block": {"type": "text", "text": ""}}),
            )
            + &event("ping", json!({}))
    }

    fn stream_chunk(&self, text: &str) -> String {
        let delta = json!({"type": "text_delta", "text": text});
        event("content_block_delta", json!({"index": 0, "delta": delta}))
    }

    fn stream_end(&self, usage: Usage) -> String {
        let delta = json!({"stop_reason": "end_turn", "stop_sequence": null});
        let count = json!({"output_tokens": usage.output_tokens});
        event("content_block_stop", json!({"index": 0}))
            + &event("message_delta", json!({"delta": delta, "usage": count}))
            + &event("message_stop", json!({}))
    }

    fn error_body(&self, message: &str) -> Value {
        json!({"type": "error", "error": {"type": "api_error", "message": message}})
    }

    fn error_event(&self, message: &str) -> Option<String> {
        let error = json!({"type": "overloaded_error", "message": message});
        Some(event("error", json!({"error": error})))
    }
}

runnable_testing::provider_suite!(Messages);
