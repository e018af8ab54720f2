//! The suite of every provider, for the APIs of several services.

use std::time::Duration;

use providers_openai::{Api, OpenAiBuilder, groq, ollama, openai, openrouter};
use runnable_chat::{ChatModel, Usage};
use runnable_http::HttpRetryPolicy;
use runnable_testing::provider_suite::{ExpectedRun, ServiceFixture};
use serde_json::{Value, json};

/// Returns a model of this service with another URL and a limit on the length of a frame.
fn at(builder: OpenAiBuilder, base_url: &str, key: &str, retry: HttpRetryPolicy) -> ChatModel {
    let builder = builder.env(|_| None).base_url(base_url).api_key(key);
    let model =
        builder.http(move |client| client.no_proxy().retry_policy(retry).max_frame(1 << 15));
    model.build().expect("valid settings")
}

/// A policy that retries immediately, so that no time has to pass.
fn again() -> HttpRetryPolicy {
    HttpRetryPolicy::default().initial_backoff(Duration::ZERO)
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// The API Chat Completions, in the form that one service uses.
#[derive(Clone, Copy)]
pub(crate) struct Completions {
    names: ExpectedRun,
    builder: fn(&'static str) -> OpenAiBuilder,
    /// The text that the service sends before the answer.
    alive: &'static str,
    /// Returns the fields of the last event that contain this usage.
    usage: fn(Value) -> Value,
}

impl Completions {
    fn part(&self, choices: Value) -> Value {
        json!({"id": "chatcmpl-1", "model": "m-2024", "object": "chat.completion.chunk",
            "choices": choices})
    }
}

fn tokens(usage: Usage) -> Value {
    json!({"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens})
}

impl ServiceFixture for Completions {
    fn expected_run(&self) -> ExpectedRun {
        self.names
    }

    fn model(&self, base_url: &str, key: &str) -> ChatModel {
        at((self.builder)(self.names.model), base_url, key, HttpRetryPolicy::none())
    }

    fn retrying_model(&self, base_url: &str, key: &str) -> Option<ChatModel> {
        Some(at((self.builder)(self.names.model), base_url, key, again()))
    }

    fn response_body(&self, text: &str, usage: Usage) -> Value {
        let message = json!({"role": "assistant", "content": text});
        json!({"id": "chatcmpl-1", "model": "m-2024", "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": tokens(usage)})
    }

    fn stream_start(&self) -> String {
        let role = json!({"role": "assistant", "content": ""});
        let first = self.part(json!([{"index": 0, "delta": role, "finish_reason": null}]));
        self.alive.to_owned() + &event(&first)
    }

    fn stream_chunk(&self, text: &str) -> String {
        let delta = json!({"content": text});
        event(&self.part(json!([{"index": 0, "delta": delta, "finish_reason": null}])))
    }

    fn stream_end(&self, usage: Usage) -> String {
        let stop = self.part(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]));
        let mut last = self.part(json!([]));
        for (key, value) in (self.usage)(tokens(usage)).as_object().into_iter().flatten() {
            last[key] = value.clone();
        }
        event(&stop) + &event(&last) + "data: [DONE]\n\n"
    }

    fn error_body(&self, message: &str) -> Value {
        json!({"error": {"message": message, "type": "server_error", "code": null}})
    }

    fn error_event(&self, message: &str) -> Option<String> {
        Some(event(&self.error_body(message)))
    }
}

/// OpenAI has its own names for the limits.
pub(crate) const PLAIN: Completions = Completions {
    names: ExpectedRun { run: "ChatOpenAI", provider: "openai", model: "gpt-4o-mini" },
    builder: |model| openai(model),
    alive: "",
    usage: |tokens| json!({"usage": tokens}),
};

mod chat {
    use super::PLAIN;

    runnable_testing::provider_suite!(PLAIN);
}

/// Groq has its own field for the usage.
mod groq_chat {
    use super::*;

    runnable_testing::provider_suite!(Completions {
        names: ExpectedRun { run: "ChatGroq", provider: "groq", model: "llama-3.3-70b-versatile" },
        builder: |model| groq(model),
        usage: |tokens| json!({"x_groq": {"id": "req_1", "usage": tokens}}),
        ..PLAIN
    });
}

/// The service sends keep-alives.
mod openrouter_chat {
    use super::*;

    runnable_testing::provider_suite!(Completions {
        names: ExpectedRun {
            run: "ChatOpenRouter",
            provider: "openrouter",
            model: "openai/gpt-4o"
        },
        builder: |model| openrouter(model),
        alive: ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n",
        ..PLAIN
    });
}

/// The service needs no key, but accepts one.
mod ollama_chat {
    use super::*;

    runnable_testing::provider_suite!(Completions {
        names: ExpectedRun { run: "ChatOllama", provider: "ollama", model: "qwen3:0.6b" },
        builder: |model| ollama(model),
        ..PLAIN
    });
}

/// The Responses API.
#[derive(Clone)]
struct Responses;

impl Responses {
    fn typed(kind: &str, mut fields: Value) -> String {
        fields["type"] = kind.into();
        format!("event: {kind}\n") + &event(&fields)
    }

    fn message(text: &str) -> Value {
        json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}]})
    }

    fn response(status: &str, output: Value, usage: Value) -> Value {
        json!({"id": "resp_1", "object": "response", "model": "m-2024", "status": status,
            "error": null, "incomplete_details": null, "output": output, "usage": usage})
    }

    fn usage(usage: Usage) -> Value {
        json!({"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens})
    }
}

impl ServiceFixture for Responses {
    fn expected_run(&self) -> ExpectedRun {
        ExpectedRun { run: "ChatOpenAI", provider: "openai", model: "gpt-5" }
    }

    fn model(&self, base_url: &str, key: &str) -> ChatModel {
        at(openai("gpt-5").api(Api::Responses), base_url, key, HttpRetryPolicy::none())
    }

    fn retrying_model(&self, base_url: &str, key: &str) -> Option<ChatModel> {
        Some(at(openai("gpt-5").api(Api::Responses), base_url, key, again()))
    }

    fn response_body(&self, text: &str, usage: Usage) -> Value {
        Self::response("completed", json!([Self::message(text)]), Self::usage(usage))
    }

    fn stream_start(&self) -> String {
        let response = Self::response("in_progress", json!([]), Value::Null);
        let mut item = Self::message("");
        item["content"] = json!([]);
        let part = json!({"type": "output_text", "text": "", "annotations": []});
        Self::typed("response.created", json!({"response": response}))
            + &Self::typed("response.output_item.added", json!({"output_index": 0, "item": item}))
            + &Self::typed(
                "response.content_part.added",
                json!({"output_index": 0, "content_index": 0, "item_id": "msg_1", "part": part}),
            )
    }

    fn stream_chunk(&self, text: &str) -> String {
        let place = json!({"output_index": 0, "content_index": 0, "item_id": "msg_1",
            "delta": text});
        Self::typed("response.output_text.delta", place)
    }

    fn stream_end(&self, usage: Usage) -> String {
        let response = Self::response("completed", json!([]), Self::usage(usage));
        Self::typed("response.completed", json!({"response": response}))
    }

    fn error_body(&self, message: &str) -> Value {
        PLAIN.error_body(message)
    }

    fn error_event(&self, message: &str) -> Option<String> {
        let error = json!({"code": "server_error", "message": message, "param": null});
        Some(Self::typed("error", error))
    }
}

mod responses {
    use super::Responses;

    runnable_testing::provider_suite!(Responses);
}
