//! Content that the API rejects and that is therefore not sent.

use providers_anthropic::AnthropicProtocol;
use runnable_chat::{
    AiMessage, ChatOptions, ContentBlock, Media, Message, PromptValue, ToolCall, ToolMessage, ai,
    human,
    message::{ReasoningBlock, TextBlock},
    model::{ChatRequest, ReasoningEffort, ResponseFormat, ResponseSchema},
    system,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_http::chat::ChatProtocol;
use serde_json::{Value, json};

use super::wire::body;

fn options() -> ChatOptions {
    ChatOptions::new()
}

fn called(ids: &[&str]) -> Message {
    let calls = ids.iter().map(|id| ToolCall::new(*id, "camera", json!({})));
    calls.fold(AiMessage::new(""), AiMessage::with_block).into()
}

fn turns(messages: Vec<Message>) -> Value {
    body(messages, options())["messages"].take()
}

#[test]
fn a_prefix_has_no_trailing_white_space() {
    let sent = turns(vec![human("Go on."), ai("It is \n")]);
    assert_eq!(sent[1]["content"], json!([{"type": "text", "text": "It is"}]));
    let blank = AiMessage::new("It is ").with_block(TextBlock::new(" \n"));
    let sent = turns(vec![human("Go on."), blank.into()]);
    assert_eq!(sent[1]["content"], json!([{"type": "text", "text": "It is"}]));
    // Messages that are not the last are unchanged.
    let sent = turns(vec![human("Go on."), ai("It is "), human("Well?")]);
    assert_eq!(sent[1]["content"][0]["text"], "It is ");
}

#[test]
fn a_tool_error_without_a_message_has_a_text() {
    for text in ["", " \n"] {
        let failed = ToolMessage::error("call_1", text).into();
        let sent = turns(vec![human("Go."), called(&["call_1"]), failed]);
        assert_eq!(
            sent[2]["content"],
            json!([{"type": "tool_result", "tool_use_id": "call_1", "is_error": true, "content": [
                {"type": "text", "text": "The tool failed and did not say why."},
            ]}])
        );
    }
    let empty = ToolMessage::new("call_1", "").into();
    let sent = turns(vec![human("Go."), called(&["call_1"]), empty]);
    assert_eq!(sent[2]["content"][0].get("content"), None);
}

#[test]
fn tool_results_come_first_and_errors_are_text() {
    let photo = || ContentBlock::Image(Media::from_base64("image/png", "AAAA"));
    let messages = vec![
        human("Go."),
        called(&["call_1", "call_2"]),
        human("Wait."),
        ToolMessage::error("call_1", "Too dark.").with_block(photo()).into(),
        ToolMessage::new("call_2", "Taken.").with_block(photo()).into(),
    ];
    let sent = turns(messages);
    let kinds: Vec<_> =
        sent[2]["content"].as_array().unwrap().iter().map(|block| &block["type"]).collect();
    assert_eq!(kinds, ["tool_result", "tool_result", "text", "image"]);
    let error = &sent[2]["content"][0]["content"];
    assert_eq!(*error, json!([{"type": "text", "text": "Too dark."}]));
    assert_eq!(sent[2]["content"][1]["content"][1]["type"], "image");
}

#[test]
fn reasoning_without_following_content_is_not_sent() {
    let mut thoughts = ReasoningBlock::new("Hm.");
    thoughts.signature = Some("c2ln".into());
    let mut answer = AiMessage::new("").with_block(thoughts);
    answer.provider = Some("anthropic".into());
    let sent = turns(vec![human("Why?"), answer.clone().into(), human("Well?")]);
    assert_eq!(sent.as_array().unwrap().len(), 1, "{sent}");
    let sent = turns(vec![human("Why?"), answer.with_block("Because.").into(), human("Well?")]);
    assert_eq!(sent[1]["content"][0]["type"], "thinking");
}

fn answer(schema: Value) -> ChatOptions {
    let format = ResponseSchema::new("answer", schema).description("An answer.");
    options().response_format(ResponseFormat::JsonSchema(format))
}

#[test]
fn unsupported_keywords_are_described_in_words() {
    let schema = json!({
        "type": "object",
        "properties": {
            "age": {"type": "integer", "format": "uint32", "minimum": 0, "maximum": 120},
            "name": {"type": "string", "description": "As written.", "minLength": 1},
            "mail": {"type": "string", "format": "email"},
            "kind": {"oneOf": [{"const": "a"}, {"const": "b"}]},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 9},
        },
        "required": ["age"],
    });
    let expected = json!({
        "type": "object",
        "properties": {
            "age": {
                "type": "integer",
                "description": "Must be in the format `uint32`, at least 0, and at most 120.",
            },
            "name": {
                "type": "string",
                "description": "As written.\n\nMust be at least 1 character long.",
            },
            "mail": {"type": "string", "format": "email"},
            "kind": {"anyOf": [
                {"type": "string", "const": "a"}, {"type": "string", "const": "b"},
            ]},
            "tags": {
                "type": "array", "items": {"type": "string"}, "minItems": 1,
                "description": "Must be a list of at most 9 items.",
            },
        },
        "required": ["age"],
        "additionalProperties": false,
    });
    let tool = ToolDefinition::new("go", "", schema.clone()).strict(true);
    let sent = body("Go.", options().tools([tool]));
    assert_eq!(
        (&sent["tools"][0]["strict"], &sent["tools"][0]["input_schema"]),
        (&true.into(), &expected)
    );

    let mut described = expected;
    described["description"] = "An answer.".into();
    let sent = body("Go.", answer(schema));
    assert_eq!(sent["output_config"]["format"]["schema"], described);
}

#[test]
fn a_schema_that_cannot_be_enforced_is_in_the_prompt() {
    let map = json!({"type": "object", "properties": {
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    }});
    let sent = body([system("Be terse."), human("Go.")], answer(map.clone()));
    assert_eq!(sent.get("output_config"), None);
    assert_eq!(sent["system"][0]["text"], "Be terse.");
    let instructions = sent["system"][1]["text"].as_str().unwrap();
    assert!(
        instructions.contains(&map.to_string()) && instructions.contains("An answer."),
        "{instructions}"
    );
    // If the caller sets the system prompt with an extra, the instructions are in the last user
    // turn.
    let sent = body("Go.", answer(map.clone()).extra("system", "Be terse."));
    assert_eq!(sent["system"], "Be terse.");
    assert_eq!(sent["messages"][0]["content"][1]["text"], instructions);
    // A tool with that schema is sent unchanged.
    let tool = ToolDefinition::new("go", "", map.clone()).strict(true);
    let sent = body("Go.", options().tools([tool]));
    assert_eq!(sent["tools"][0], json!({"name": "go", "input_schema": map}));
}

#[test]
fn at_most_twenty_tools_are_strict() {
    let schema = || json!({"type": "object", "properties": {}});
    let tool = |n: usize| ToolDefinition::new(format!("t{n}"), "", schema()).strict(true);
    let sent = body("Go.", options().tools((0..25).map(tool)));
    let tools = sent["tools"].as_array().unwrap();
    let strict = tools.iter().filter(|tool| tool["strict"] == true);
    assert_eq!((tools.len(), strict.count()), (25, 20));
}

#[test]
fn an_extra_takes_precedence_over_added_fields() {
    let tool = ToolDefinition::new("go", "", json!({"type": "object", "properties": {}}));
    let requested = |field: &str, value: Value| {
        let all = options().reasoning_effort(ReasoningEffort::High).tools([tool.clone()]);
        body("Hi", all.parallel_tool_calls(false).extra(field, value))
    };
    assert_eq!(requested("tools", json!([])).get("tools"), None);
    assert_eq!(requested("tools", json!([])).get("tool_choice"), None);
    assert_eq!(requested("output_config", json!({})).get("output_config"), None);
    for field in
        ["thinking", "max_tokens", "tool_choice", "tools", "output_config", "model", "messages"]
    {
        assert_eq!(requested(field, Value::Null).get(field), None, "{field}");
    }
    for field in ["thinking", "max_tokens", "tool_choice", "model", "system", "messages"] {
        assert_eq!(requested(field, json!([]))[field], json!([]), "{field}");
    }
    let file = ContentBlock::File(Media::from_file_id("file_1"));
    let prompt = || {
        PromptValue::from(runnable_chat::HumanMessage::new("Sum it up.").with_block(file.clone()))
    };
    let betas = |options: ChatOptions| {
        let api = AnthropicProtocol::new("claude-sonnet-4-5").beta("one");
        format!("{:?}", api.encode(&ChatRequest::new(prompt(), options)).unwrap())
    };
    assert!(betas(options()).contains("one,files-api"), "{}", betas(options()));
    let none = betas(options().extra("betas", json!([])));
    assert!(!none.contains("anthropic-beta"), "{none}");
}

#[test]
fn a_tool_choice_without_tools_is_left_out() {
    for choice in
        [ToolChoice::Auto, ToolChoice::None, ToolChoice::Required, ToolChoice::Tool("f".into())]
    {
        for parallel in [None, Some(false), Some(true)] {
            let mut plain = options().tool_choice(choice.clone());
            plain.parallel_tool_calls = parallel;
            let empty = plain.clone().extra("tools", json!([]));
            let absent = plain.clone().extra("tools", Value::Null);
            let thinking = plain.clone().reasoning_effort(ReasoningEffort::High);
            for options in [plain.clone(), empty, absent, thinking] {
                let sent = body("Hi", options);
                assert_eq!(sent.get("tool_choice"), None, "{choice:?}, {parallel:?}: {sent}");
                assert_eq!(sent.get("tools"), None, "{choice:?}, {parallel:?}: {sent}");
            }
            // A tool that Anthropic runs is a tool, too.
            let search = json!([{"type": "web_search_20250305", "name": "web_search"}]);
            let sent = body("Hi", plain.extra("tools", search));
            assert!(sent["tool_choice"].is_object(), "{choice:?}, {parallel:?}: {sent}");
        }
    }
    let mut alone = options();
    alone.parallel_tool_calls = Some(false);
    assert_eq!(body("Hi", alone).get("tool_choice"), None);
}

#[test]
fn extras_and_arguments_keep_their_order() {
    let call = AiMessage::new("").with_block(ToolCall::new("c", "f", json!({"z": 1, "a": 2})));
    let requested = options().extra("top_k", 5).extra("metadata", json!({"z": 1, "a": 2}));
    let request = ChatRequest::new(vec![human("Hi"), call.into()], requested).without_streaming();
    let request = AnthropicProtocol::new("claude-sonnet-4-5").encode(&request).unwrap();
    let body = std::str::from_utf8(request.body()).unwrap();
    assert!(body.contains(r#""input":{"z":1,"a":2}"#), "{body}");
    assert!(body.ends_with(r#""top_k":5,"metadata":{"z":1,"a":2}}"#), "{body}");
}
