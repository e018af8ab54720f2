//! Messages: their JSON form, and reading stored conversations.

use std::time::{Duration, SystemTime};

use runnable_chat::{
    message::{
        Annotation, RateLimit, RateLimitReset, ReasoningBlock, TextBlock, TokenLogprob, ToolStatus,
    },
    prelude::*,
};
use serde_json::{Value, json};

fn read(json: Value) -> Message {
    serde_json::from_value(json).unwrap()
}

fn written(message: &Message) -> Value {
    serde_json::to_value(message).unwrap()
}

#[test]
fn messages_have_the_json_form_of_langchain() {
    let answer = AiMessageChunk::new("Hi")
        .with_finish_reason(FinishReason::Length)
        .with_usage(Usage::new(5, 2).with_cache_read(3))
        .with_model("grey")
        .with_id("msg_1");
    let messages: Vec<Message> = vec![
        system("Be kind."),
        human("Hello"),
        AiMessage::from_chunk(answer).unwrap().into(),
        AiMessage::new("Let me see.")
            .with_block(ToolCall::new("call_1", "weather", json!({"city": "Ys"})))
            .into(),
        ToolMessage::error("call_1", "no such city").into(),
    ];
    let expected = json!([
        {"type": "system", "content": "Be kind."},
        {"type": "human", "content": "Hello"},
        {
            "type": "ai",
            "content": "Hi",
            "usage_metadata": {
                "input_tokens": 5, "output_tokens": 2, "total_tokens": 7,
                "input_token_details": {"cache_read": 3},
            },
            "response_metadata": {"finish_reason": "length", "model_name": "grey"},
            "id": "msg_1",
        },
        {
            "type": "ai",
            "content": "Let me see.",
            "tool_calls": [
                {"name": "weather", "args": {"city": "Ys"}, "id": "call_1", "type": "tool_call"},
            ],
        },
        {"type": "tool", "content": "no such city", "tool_call_id": "call_1", "status": "error"},
    ]);
    assert_eq!(serde_json::to_value(&messages).unwrap(), expected);
    assert_eq!(serde_json::from_value::<Vec<Message>>(expected).unwrap(), messages);
}

#[test]
fn mixed_content_is_a_list_of_standard_blocks() {
    let mut thought = ReasoningBlock::new("Hm.");
    (thought.signature, thought.encrypted) = (Some("s1g".into()), Some("x9".into()));
    let mut answer = AiMessage::new("").with_block(thought).with_block("Paris.");
    answer.content.push(ContentBlock::Image(Media::from_bytes("image/png", [1, 2, 3])));
    answer.content.push(ContentBlock::non_standard(json!({"type": "compaction"})));
    let json = json!([
        {
            "type": "reasoning",
            "reasoning": "Hm.",
            "extras": {"signature": "s1g", "encrypted_content": "x9"},
        },
        {"type": "text", "text": "Paris."},
        {"type": "image", "base64": "AQID", "mime_type": "image/png"},
        {"type": "non_standard", "value": {"type": "compaction"}},
    ]);
    let answer = Message::from(answer);
    assert_eq!(written(&answer)["content"], json);
    assert_eq!(read(written(&answer)), answer);
}

#[test]
fn every_field_of_an_answer_survives_serialization() {
    let mut other = AiMessage::new("Or so.");
    other.metadata.insert("seed".into(), 7.into());
    let (mut requests, mut tokens) = (RateLimit::new("requests"), RateLimit::new("tokens"));
    (requests.limit, requests.remaining) = (Some(50), Some(49));
    requests.reset = Some(RateLimitReset::After(Duration::from_nanos(10_332_999_999)));
    let reset = SystemTime::UNIX_EPOCH + Duration::from_millis(1_741_305_600_123);
    tokens.reset = Some(RateLimitReset::At(reset));
    let mut answer = AiMessage::from_chunk(
        AiMessageChunk::new("So.")
            .with_raw_finish_reason("end_turn")
            .with_rate_limits([requests, tokens])
            .with_usage(Usage::new(9, 8).with_cache_creation(2).with_reasoning(4))
            .with_provider("anthropic")
            .with_logprobs([TokenLogprob::new("So", -0.5), TokenLogprob::new(".", 0.0)])
            .with_metadata("service_tier", "flex"),
    )
    .unwrap();
    answer.name = Some("sage".into());
    answer.other_choices.push(other);
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
    assert_eq!(answer.raw_finish_reason(), Some("end_turn"));

    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["type"], "ai");
    assert_eq!(json["response_metadata"]["finish_reason"], "end_turn");
    assert_eq!(
        json["response_metadata"]["rate_limits"],
        json!([
            {"name": "requests", "limit": 50, "remaining": 49, "reset": {"after": 10.332999999}},
            {"name": "tokens", "reset": {"at": 1741305600.123}},
        ])
    );
    assert_eq!(serde_json::from_value::<AiMessage>(json).unwrap(), answer);
}

#[test]
fn foreign_values_in_known_fields_are_kept() {
    let stored = json!({"rate_limits": {"x-ratelimit-limit-tokens": "7"}});
    let message = read(json!({"type": "ai", "content": "Hi", "response_metadata": stored}));
    let Message::Ai(answer) = message else { panic!("{message:?}") };
    assert_eq!(answer.metadata, *stored.as_object().unwrap());
}

#[test]
fn missing_fields_have_defaults() {
    let message = read(json!({"type": "tool", "content": "20 °C", "tool_call_id": "1"}));
    let Message::Tool(message) = message else { panic!("{message:?}") };
    assert_eq!(message.status, ToolStatus::Success);
    let json = json!({"type": "ai", "content": "Hi", "additional_kwargs": {}, "name": null});
    assert_eq!(read(json), ai("Hi"));
}

#[test]
fn all_stored_forms_of_messages_are_accepted() {
    let constructor = json!({
        "lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"],
        "kwargs": {"content": "Hi", "type": "human"},
    });
    assert_eq!(read(constructor), human("Hi"));
    assert_eq!(read(json!({"type": "human", "data": {"content": "Hi"}})), human("Hi"));
    assert_eq!(read(json!({"type": "chat", "role": "user", "content": "Hi"})), human("Hi"));
    assert_eq!(read(json!({"role": "developer", "content": ["Be ", "kind."]})).text(), "Be kind.");
    let by_role = read(json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{\"a\": 1}"}},
        {"id": "2", "type": "function", "function": {"name": "add", "arguments": "{\"a\": "}},
    ]}));
    let Message::Ai(answer) = by_role else { panic!("{by_role:?}") };
    assert_eq!(answer.tool_calls().next().unwrap(), &ToolCall::new("1", "add", json!({"a": 1})));
    assert_eq!(answer.invalid_tool_calls().next().unwrap().id.as_deref(), Some("2"));
}

#[test]
fn blocks_in_the_form_of_a_provider_become_standard() {
    let message = read(json!({"type": "ai", "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": "s1g", "index": 0},
        {"type": "redacted_thinking", "data": "x9"},
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
        {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQID"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {"type": "compaction", "content": "…"},
    ], "tool_calls": [{"name": "add", "args": {"a": 1}, "id": "t1", "type": "tool_call"}]}));
    let [thought, redacted, text, call, inline, linked, other] = message.content() else {
        panic!("{message:?}")
    };
    let ContentBlock::Reasoning(thought) = thought else { panic!("{thought:?}") };
    assert_eq!((&*thought.reasoning, thought.signature.as_deref()), ("Hm.", Some("s1g")));
    let ContentBlock::Reasoning(redacted) = redacted else { panic!("{redacted:?}") };
    assert_eq!(redacted.encrypted.as_deref(), Some("x9"));
    let ContentBlock::Text(text) = text else { panic!("{text:?}") };
    assert_eq!(text.extras["cache_control"], json!({"type": "ephemeral"}));
    assert_eq!(*call, ToolCall::new("t1", "add", json!({"a": 1})).into());
    assert_eq!(*inline, ContentBlock::Image(Media::from_base64("image/png", "AQID")));
    assert_eq!(*linked, ContentBlock::Image(Media::from_url("https://example.com/a.png")));
    assert_eq!(serde_json::to_value(other).unwrap()["type"], "compaction");
}

#[test]
fn citations_are_typed_and_other_annotations_kept() {
    let json = json!({"type": "text", "text": "So.", "annotations": [
        {"type": "citation", "url": "https://example.com", "start_index": 0, "end_index": 2},
        {"type": "file_path", "file_id": "f1"},
    ]});
    let block: ContentBlock = serde_json::from_value(json.clone()).unwrap();
    let ContentBlock::Text(TextBlock { annotations, .. }) = &block else { panic!("{block:?}") };
    let [Annotation::Citation(citation), Annotation::Other(other)] = &annotations[..] else {
        panic!("{annotations:?}")
    };
    assert_eq!((citation.start_index, citation.end_index), (Some(0), Some(2)));
    assert_eq!(other["file_id"], "f1");
    assert_eq!(serde_json::to_value(&block).unwrap(), json);
}

#[test]
fn invalid_messages_are_errors() {
    let assert_error = |json: Value, part: &str| {
        let error = serde_json::from_value::<Message>(json).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    assert_error(json!({"content": "Hi"}), "expected a `type`");
    assert_error(json!({"type": "oracle", "content": "Hi"}), "unknown message type `oracle`");
    assert_error(json!({"type": "tool", "content": "Hi"}), "missing `tool_call_id`");
    assert_error(json!({"type": "human", "content": 7}), "a string or an array");
    assert_error(json!("Hi"), "expected a JSON object");
}

#[test]
fn an_unknown_finish_reason_is_kept_unchanged() {
    let reason: FinishReason = serde_json::from_value(json!("bored")).unwrap();
    assert_eq!(reason, FinishReason::Other("bored".into()));
    assert_eq!(serde_json::to_value(reason).unwrap(), "bored");
}

#[test]
fn a_conversation_can_be_extended_by_all_message_types() {
    let mut conversation = PromptValue::from("Hi");
    conversation.push(AiMessage::new("Hello"));
    conversation.push("Bye");
    conversation.extend([ToolMessage::new("1", "noon")]);
    let messages = conversation.messages.clone();
    assert_eq!(messages[..3], [human("Hi"), ai("Hello"), human("Bye")]);
    assert_eq!(PromptValue::from(&messages), conversation);
    assert_eq!(PromptValue::from(&messages[..]), conversation);
    assert_eq!(PromptValue::from(&conversation), conversation);
    assert_eq!(messages.into_iter().collect::<PromptValue>(), conversation);
}

#[test]
fn into_text_returns_the_same_text_as_text() {
    let pieces = AiMessage::new("a").with_block(ToolCall::new("1", "add", json!({})));
    for answer in [AiMessage::new(""), AiMessage::new("a"), pieces, AiMessage::default()] {
        let text = answer.text().into_owned();
        assert_eq!(answer.into_text(), text);
    }
}
