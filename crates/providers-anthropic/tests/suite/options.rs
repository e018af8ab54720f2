//! Encoding options, except tools, the response format and extended thinking.

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
fn an_extra_takes_precedence_over_an_option() {
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
fn beta_features_are_sent_once_each_in_a_header() {
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
fn the_default_max_tokens_is_the_maximum_of_the_model() {
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
fn unsupported_options_are_named() {
    let assert_refused = |options: ChatOptions, part: &str| {
        let error = refusal("Hello.", options);
        assert!(error.contains(part), "{error}");
    };
    assert_refused(ChatOptions::new().logprobs(3), "`logprobs`");
    assert_refused(ChatOptions::new().seed(1), "`seed`");
    assert_refused(ChatOptions::new().temperature(1.5), "temperature 1.5");
    assert_refused(ChatOptions::new().stop(["\n"]), "a stop sequence of only whitespace");
    assert_refused(ChatOptions::new().extra("tools", "clock"), "extra `tools`");
    assert_refused(ChatOptions::new().extra("betas", "one"), "extra `betas`");
    let options = ChatOptions::new().extra("system", "Be terse.");
    let twice = refusal([system("Be kind."), "Hello.".into()], options);
    assert!(twice.contains("extra `system`"), "{twice}");
}
