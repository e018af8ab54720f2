//! How the other options are written.

use providers_anthropic::AnthropicProtocol;
use runnable_chat::{ChatOptions, model::ChatRequest, system};
use runnable_http::chat::ChatProtocol;
use serde_json::{Value, json};

use super::wire::{body, body_for, refusal};

#[test]
fn options_have_their_fields() {
    let options = ChatOptions::new()
        .temperature(0.1)
        .top_p(0.9)
        .max_tokens(100)
        .stop(["zulu", "charlie"])
        .extra("metadata", json!({"user_id": "u1"}))
        .extra("top_k", 5);
    let request = ChatRequest::new("Hello.", options);
    let call = AnthropicProtocol::new("claude-sonnet-4-5").encode(&request).unwrap();
    assert_eq!(
        std::str::from_utf8(call.body()).unwrap(),
        r#"{"model":"claude-sonnet-4-5","max_tokens":100,"messages":[{"role":"user","content":[{"type":"text","text":"Hello."}]}],"temperature":0.1,"top_p":0.9,"stop_sequences":["zulu","charlie"],"stream":true,"metadata":{"user_id":"u1"},"top_k":5}"#
    );
}

#[test]
fn an_extra_stands_before_what_we_would_write() {
    let options = ChatOptions::new()
        .temperature(0.5)
        .extra("temperature", 0.25)
        .extra("max_tokens", 7)
        .extra("model", "claude-haiku-4-5")
        .extra("thinking", json!({"type": "adaptive", "display": "summarized"}))
        .extra("system", "Be terse.");
    let body = body("Hello.", options);
    assert_eq!(
        body,
        json!({
            "model": "claude-haiku-4-5",
            "max_tokens": 7,
            "temperature": 0.25,
            "system": "Be terse.",
            "thinking": {"type": "adaptive", "display": "summarized"},
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello."}]}],
        })
    );
}

#[test]
fn beta_features_are_a_header_with_each_once() {
    let options = ChatOptions::new().extra("betas", json!(["one", "two"]));
    let request = ChatRequest::new("Hello.", options);
    let call =
        AnthropicProtocol::new("claude-sonnet-4-5").beta("zero").beta("one").encode(&request);
    let call = call.unwrap();
    let body: Value = serde_json::from_slice(call.body()).unwrap();
    assert_eq!(body.get("betas"), None);
    assert!(format!("{call:?}").contains("zero,one,two"), "{call:?}");
}

#[test]
fn the_length_of_an_answer_is_that_which_the_model_can_give() {
    let expected = [
        ("claude-3-haiku-20240307", 4_096),
        ("claude-3-5-sonnet-latest", 8_192),
        ("claude-opus-4-1", 32_000),
        ("claude-sonnet-4-5", 64_000),
        ("claude-haiku-4-5", 64_000),
        ("anthropic/claude-opus-4.6", 128_000),
        ("glm-4.6", 8_192),
    ];
    for (model, limit) in expected {
        let body = body_for(model, "Hello.", ChatOptions::new()).unwrap();
        assert_eq!(body["max_tokens"], limit, "{model}");
    }
}

#[test]
fn what_the_api_does_not_know_is_named() {
    let says = |options: ChatOptions, part: &str| {
        let said = refusal("Hello.", options);
        assert!(said.contains(part), "{said}");
    };
    says(ChatOptions::new().logprobs(3), "`logprobs`");
    says(ChatOptions::new().seed(1), "`seed`");
    says(ChatOptions::new().temperature(1.5), "temperature is 1.5");
    says(ChatOptions::new().stop(["\n"]), "a stop word is white space");
    says(ChatOptions::new().extra("messages", json!([])), "extra `messages`");
    says(ChatOptions::new().extra("tools", "clock"), "extra `tools`");
    says(ChatOptions::new().extra("betas", "one"), "extra `betas`");
    let options = ChatOptions::new().extra("system", "Be terse.");
    let twice = refusal([system("Be kind."), "Hello.".into()], options);
    assert!(twice.contains("extra `system`"), "{twice}");
}
