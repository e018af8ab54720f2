//! The suite of every provider, over the wires of several services.

use std::time::Duration;

use providers_http::RetryPolicy;
use providers_openai::{Api, OpenAiBuilder, groq, ollama, openai, openrouter};
use runnable_chat::{ChatModel, Usage};
use runnable_testing::provider_suite::{Names, Wire};
use serde_json::{Value, json};

/// A model of this service, at another place, that gives up a line of some length.
fn at(builder: OpenAiBuilder, base_url: &str, key: &str, retry: RetryPolicy) -> ChatModel {
    let builder = builder.environment(|_| None).base_url(base_url).api_key(key);
    let model = builder.http(move |client| client.no_proxy().retry(retry).max_frame(1 << 15));
    model.build().expect("it can be built")
}

/// Tries again at once, so that no time has to pass.
fn again() -> RetryPolicy {
    RetryPolicy::default().first_wait(Duration::ZERO)
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// Chat Completions, as a service writes them.
#[derive(Clone, Copy)]
pub(crate) struct Completions {
    names: Names,
    builder: fn(&'static str) -> OpenAiBuilder,
    /// What the service writes before it has anything to say.
    alive: &'static str,
    /// Under which key the last event has the usage.
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

impl Wire for Completions {
    fn names(&self) -> Names {
        self.names
    }

    fn model(&self, base_url: &str, key: &str) -> ChatModel {
        at((self.builder)(self.names.model), base_url, key, RetryPolicy::none())
    }

    fn retrying_model(&self, base_url: &str, key: &str) -> Option<ChatModel> {
        Some(at((self.builder)(self.names.model), base_url, key, again()))
    }

    fn whole(&self, text: &str, usage: Usage) -> Value {
        let message = json!({"role": "assistant", "content": text});
        json!({"id": "chatcmpl-1", "model": "m-2024", "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": tokens(usage)})
    }

    fn begin(&self) -> String {
        let role = json!({"role": "assistant", "content": ""});
        let begun = self.part(json!([{"index": 0, "delta": role, "finish_reason": null}]));
        self.alive.to_owned() + &event(&begun)
    }

    fn piece(&self, text: &str) -> String {
        let delta = json!({"content": text});
        event(&self.part(json!([{"index": 0, "delta": delta, "finish_reason": null}])))
    }

    fn end(&self, usage: Usage) -> String {
        let stop = self.part(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]));
        let mut last = self.part(json!([]));
        for (key, value) in (self.usage)(tokens(usage)).as_object().into_iter().flatten() {
            last[key] = value.clone();
        }
        event(&stop) + &event(&last) + "data: [DONE]\n\n"
    }

    fn error(&self, message: &str) -> Value {
        json!({"error": {"message": message, "type": "server_error", "code": null}})
    }

    fn error_event(&self, message: &str) -> Option<String> {
        Some(event(&self.error(message)))
    }
}

/// OpenAI's own names for it.
pub(crate) const PLAIN: Completions = Completions {
    names: Names { run: "ChatOpenAI", provider: "openai", model: "gpt-4o-mini" },
    builder: |model| openai(model),
    alive: "",
    usage: |tokens| json!({"usage": tokens}),
};

mod chat {
    use super::PLAIN;

    runnable_testing::provider_suite!(PLAIN);
}

/// Its usage has a place of its own.
mod groq_chat {
    use super::*;

    runnable_testing::provider_suite!(Completions {
        names: Names { run: "ChatGroq", provider: "groq", model: "llama-3.3-70b-versatile" },
        builder: |model| groq(model),
        usage: |tokens| json!({"x_groq": {"id": "req_1", "usage": tokens}}),
        ..PLAIN
    });
}

/// It says that it is alive.
mod openrouter_chat {
    use super::*;

    runnable_testing::provider_suite!(Completions {
        names: Names { run: "ChatOpenRouter", provider: "openrouter", model: "openai/gpt-4o" },
        builder: |model| openrouter(model),
        alive: ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n",
        ..PLAIN
    });
}

/// It needs no key, and takes one.
mod ollama_chat {
    use super::*;

    runnable_testing::provider_suite!(Completions {
        names: Names { run: "ChatOllama", provider: "ollama", model: "qwen3:0.6b" },
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

impl Wire for Responses {
    fn names(&self) -> Names {
        Names { run: "ChatOpenAI", provider: "openai", model: "gpt-5" }
    }

    fn model(&self, base_url: &str, key: &str) -> ChatModel {
        at(openai("gpt-5").api(Api::Responses), base_url, key, RetryPolicy::none())
    }

    fn retrying_model(&self, base_url: &str, key: &str) -> Option<ChatModel> {
        Some(at(openai("gpt-5").api(Api::Responses), base_url, key, again()))
    }

    fn whole(&self, text: &str, usage: Usage) -> Value {
        Self::response("completed", json!([Self::message(text)]), Self::usage(usage))
    }

    fn begin(&self) -> String {
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

    fn piece(&self, text: &str) -> String {
        let place = json!({"output_index": 0, "content_index": 0, "item_id": "msg_1",
            "delta": text});
        Self::typed("response.output_text.delta", place)
    }

    fn end(&self, usage: Usage) -> String {
        let response = Self::response("completed", json!([]), Self::usage(usage));
        Self::typed("response.completed", json!({"response": response}))
    }

    fn error(&self, message: &str) -> Value {
        PLAIN.error(message)
    }

    fn error_event(&self, message: &str) -> Option<String> {
        let said = json!({"code": "server_error", "message": message, "param": null});
        Some(Self::typed("error", said))
    }
}

mod responses {
    use super::Responses;

    runnable_testing::provider_suite!(Responses);
}
