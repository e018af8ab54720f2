//! The keys by which caches of answers compare requests.

use providers_openai::{Api, OpenAiBuilder, openai};
use runnable_chat::{
    ChatOptions,
    model::{ChatProvider, ChatRequest},
    prelude::*,
};

/// A model that is never called.
#[derive(Debug)]
struct Unused;

impl ChatProvider for Unused {
    fn run_name(&self) -> &str {
        "Unused"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        ChunkStream::once(AiMessage::new(""))
    }
}

fn key(model: OpenAiBuilder, request: &ChatRequest) -> String {
    let model = model.env(|_| None).api_key("sk-secret-123").build().unwrap();
    let mut key = None;
    _ = model.map_provider(|provider| {
        key = provider.request_key(request);
        Unused
    });
    String::from_utf8(key.unwrap()).unwrap()
}

fn request(text: &str) -> ChatRequest {
    ChatRequest::new(text, ChatOptions::new())
}

#[test]
fn the_key_of_a_request_contains_the_service_and_the_body_and_no_api_key() {
    for api in [Api::ChatCompletions, Api::Responses] {
        let key = key(openai("gpt-5").api(api), &request("France?"));
        assert!(key.contains("api.openai.com") && key.contains("gpt-5"), "{key}");
        assert!(key.contains("France?") && !key.contains("secret"), "{key}");
    }
}

#[test]
fn requests_to_other_addresses_models_and_apis_have_other_keys() {
    let base = || openai("gpt-5").api(Api::ChatCompletions);
    let asked = request("France?");
    let expected = key(base(), &asked);
    assert_eq!(key(base(), &asked), expected);
    let others = [
        base().base_url("http://localhost:8000/v1"),
        base().base_url("https://api.openai.com/v2"),
        openai("gpt-5-mini").api(Api::ChatCompletions),
        openai("gpt-5").api(Api::Responses),
    ];
    for other in others {
        assert_ne!(key(other, &asked), expected);
    }
    assert_ne!(key(base(), &request("Spain?")), expected);
}

#[test]
fn streamed_and_invoked_requests_have_the_same_key() {
    let asked = request("France?");
    let invoked = asked.clone().without_streaming();
    assert_eq!(key(openai("gpt-5"), &asked), key(openai("gpt-5"), &invoked));
}
