//! Requests to services that deviate from their documentation.

use providers_openai::{
    Api, OpenAiBuilder, SendReasoning, azure, deepseek, groq, mistral, openai, openai_compatible,
    openrouter,
};
use runnable_chat::{
    AiMessage, AiMessageChunk, ChatOptions, ContentBlock, Media, Message, ToolCall, ToolMessage,
    ai, human,
    message::{ReasoningBlock, TextBlock},
    model::{ChatRequest, ReasoningEffort, ResponseFormat, ResponseSchema},
    system,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_core::{Chunk, Chunked};
use runnable_http::{
    Bytes, Decoder, SseDecoder,
    chat::{ChatProtocol, ChatReader},
};
use serde_json::{Value, json};

use crate::written::{body, refusal};

fn options() -> ChatOptions {
    ChatOptions::new()
}

fn responses(model: &str) -> OpenAiBuilder {
    openai(model).api(Api::Responses)
}

fn gateway() -> OpenAiBuilder {
    openai_compatible("m").provider("gateway").base_url("https://gateway.example/v1")
}

fn streamed(model: OpenAiBuilder, options: ChatOptions) -> Value {
    let request = model.protocol().encode(&ChatRequest::new("Hi", options)).unwrap();
    serde_json::from_slice(request.body()).unwrap()
}

fn sent(model: OpenAiBuilder, messages: Vec<Message>) -> Value {
    body(model, messages, options())["messages"].take()
}

fn clock() -> ToolDefinition {
    ToolDefinition::new("clock", "", json!({"type": "object", "properties": {}}))
}

#[test]
fn a_chat_model_of_gpt_5_does_not_reason() {
    for name in ["gpt-5-chat-latest", "gpt-5.2-chat-latest", "ft:gpt-4o:team", "gpt-4.1"] {
        let sent = body(responses(name), [system("Be terse."), human("Hi")], options());
        assert_eq!(sent.get("include"), None, "{name}");
        assert_eq!(sent["input"][0]["role"], "system", "{name}");
    }
    for name in ["gpt-5", "gpt-5.2-mini", "o4-mini", "ft:o4-mini:team"] {
        let sent = body(responses(name), "Hi", options());
        assert_eq!(sent["include"], json!(["reasoning.encrypted_content"]), "{name}");
    }
    let without = options().reasoning_effort(ReasoningEffort::None);
    assert_eq!(body(responses("gpt-4.1"), "Hi", without).get("include"), None);
}

fn thought(blocks: Vec<ContentBlock>) -> Message {
    let mut thoughts = ReasoningBlock::new("Hm.");
    (thoughts.id, thoughts.encrypted) = (Some("rs_1".into()), Some("xyz".into()));
    let mut answer = AiMessage::new("");
    answer.content.push(thoughts.into());
    answer.content.extend(blocks);
    answer.provider = Some("openai".into());
    answer.into()
}

#[test]
fn reasoning_without_a_following_item_is_not_sent() {
    let types = |answer: Message| {
        let messages = vec![human("Why?"), answer, human("Well?")];
        let sent = body(responses("gpt-5"), messages, options());
        let items = sent["input"].as_array().unwrap().iter();
        items.map(|item| item["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(types(thought(vec![])), ["message", "message"]);
    let call = ToolCall::new("call_1", "clock", json!({}));
    let called = types(thought(vec![call.into()]));
    assert_eq!(called, ["message", "reasoning", "function_call", "message"]);
    let mut block = TextBlock::new("Because.");
    block.id = Some("msg_1".into());
    let answered = types(thought(vec![block.clone().into()]));
    assert_eq!(answered, ["message", "reasoning", "message", "message"]);
}

#[test]
fn an_item_without_its_reasoning_has_no_id() {
    let mut block = TextBlock::new("Because.");
    block.id = Some("msg_1".into());
    let mut answer = AiMessage::new("").with_block(block);
    answer.provider = Some("openai".into());
    let sent = body(responses("gpt-5"), vec![human("Why?"), answer.into()], options());
    assert_eq!(sent["input"][1].get("id"), None);
}

/// Returns an answer whose reasoning was received in this field.
fn reasoned(field: Option<&str>, provider: &str) -> Message {
    let mut thoughts = ReasoningBlock::new("Hm.");
    if let Some(field) = field {
        thoughts.extras.insert("field".into(), field.into());
    }
    let mut answer = AiMessage::new("Because.");
    answer.content.insert(0, thoughts.into());
    answer.provider = Some(provider.to_owned().into());
    answer.into()
}

#[test]
fn reasoning_is_sent_back_in_its_original_field() {
    let back = |model: OpenAiBuilder, answer| {
        sent(model, vec![human("Why?"), answer, human("Well?")])[1].take()
    };
    let plain = back(gateway(), reasoned(None, "gateway"));
    assert_eq!(plain["reasoning_content"], "Hm.");
    let other = back(gateway(), reasoned(Some("reasoning"), "gateway"));
    assert_eq!((&other["reasoning"], other.get("reasoning_content")), (&json!("Hm."), None));
    let set = gateway().reasoning_field("thoughts");
    assert_eq!(back(set, reasoned(Some("reasoning"), "gateway"))["thoughts"], "Hm.");

    // Reasoning is not sent to other services, to services that accept none, and if it is turned
    // off.
    let nothing = json!({"role": "assistant", "content": "Because."});
    assert_eq!(back(gateway(), reasoned(None, "groq")), nothing);
    assert_eq!(back(openai("gpt-4o"), reasoned(None, "openai")), nothing);
    let never = || gateway().send_reasoning(SendReasoning::Never);
    assert_eq!(back(never(), reasoned(None, "gateway")), nothing);
    let turn = || gateway().send_reasoning(SendReasoning::WithinTurn);
    assert_eq!(back(turn(), reasoned(None, "gateway")), nothing);
    let within = sent(turn(), vec![human("Why?"), reasoned(None, "gateway")]);
    assert_eq!(within[1]["reasoning_content"], "Hm.");
    let never = openrouter("m").send_reasoning(SendReasoning::Never);
    assert_eq!(back(never, reasoned(None, "openrouter")), nothing);
}

#[test]
fn the_field_of_reasoning_is_read_from_the_answer() {
    let request = ChatRequest::new("Why?", options());
    let event = |delta: Value, finish: Value| {
        format!(
            "data: {}\n\n",
            json!({"choices": [
                {"index": 0, "delta": delta, "finish_reason": finish},
            ]})
        )
    };
    for field in ["reasoning", "reasoning_content"] {
        let message = json!({"role": "assistant", "content": "Because.", field: "Hm, so."});
        let whole = json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
        let mut reader = gateway().protocol().reader(&request);
        let whole = reader.read_body(whole.to_string().as_bytes()).unwrap();
        let pieces = [
            event(json!({field: "Hm, "}), Value::Null),
            event(json!({field: "so."}), Value::Null),
            event(json!({"content": "Because."}), "stop".into()),
        ];
        let mut decoder = SseDecoder::new();
        decoder.push(Bytes::from(pieces.concat()));
        decoder.finish();
        let mut reader = gateway().protocol().reader(&request);
        let mut streamed = AiMessageChunk::default();
        while let Some(frame) = decoder.next() {
            reader
                .read_event(&frame.unwrap())
                .unwrap()
                .into_iter()
                .for_each(|it| streamed.merge(it));
        }
        for answer in [whole, streamed] {
            let answer = AiMessage::from_chunk(answer).unwrap();
            assert_eq!(answer.reasoning(), "Hm, so.");
            let sent = sent(gateway(), vec![human("Why?"), answer.into(), human("Well?")]);
            assert_eq!(
                sent[1],
                json!({"role": "assistant", "content": "Because.", field: "Hm, so."})
            );
        }
    }
}

#[test]
fn a_tool_choice_without_tools_is_left_out() {
    for model in [|| openai("gpt-4o"), || responses("gpt-4o"), || mistral("mistral-small")] {
        let requested = || options().tool_choice(ToolChoice::Required).parallel_tool_calls(false);
        let without = body(model(), "Hi", requested());
        assert_eq!(without.get("tool_choice"), None);
        assert_eq!(without.get("parallel_tool_calls"), None);
        let taken_out = body(model(), "Hi", requested().tools([clock()]).extra("tools", json!([])));
        assert_eq!(taken_out.get("tool_choice"), None);
        let with = body(model(), "Hi", requested().tools([clock()]));
        assert_eq!(with["parallel_tool_calls"], false);
        let tools = json!([{"type": "web_search"}]);
        let with = body(model(), "Hi", requested().extra("tools", tools));
        assert_eq!(with["parallel_tool_calls"], false);
    }
}

#[test]
fn stream_options_can_be_left_out() {
    assert_eq!(streamed(openai("gpt-4o"), options())["stream_options"]["include_usage"], true);
    let off = streamed(gateway().stream_usage(false), options());
    assert_eq!((&off["stream"], off.get("stream_options")), (&json!(true), None));
    let off = streamed(openai("gpt-4o"), options().extra("stream_options", Value::Null));
    assert_eq!(off.get("stream_options"), None);
}

fn photo() -> ContentBlock {
    ContentBlock::Image(Media::from_base64("image/png", "AAAA"))
}

fn called(ids: &[&str]) -> Message {
    let calls = ids.iter().map(|id| ToolCall::new(*id, "camera", json!({})));
    calls.fold(AiMessage::new(""), AiMessage::with_block).into()
}

#[test]
fn an_image_of_a_tool_is_in_a_user_message_after_all_results() {
    let messages = vec![
        human("Look!"),
        called(&["call_1", "call_2"]),
        ToolMessage::new("call_1", "Taken.").with_block(photo()).with_name("camera").into(),
        ToolMessage::new("call_2", "").with_block(photo()).into(),
        human("And?"),
    ];
    let picture = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}});
    let label = |text: &str| json!({"type": "text", "text": text});
    assert_eq!(
        sent(openai("gpt-4o"), messages.clone()).as_array().unwrap()[2..],
        [
            json!({"role": "tool", "tool_call_id": "call_1", "content": "Taken."}),
            json!({
                "role": "tool",
                "tool_call_id": "call_2",
                "content": "The result is in the next message of the user.",
            }),
            json!({"role": "user", "content": [
                label("Result of `camera` for the tool call call_1:"),
                picture,
                label("Result for the tool call call_2:"),
                picture,
            ]}),
            json!({"role": "user", "content": "And?"}),
        ]
    );
    // The image is moved at the end of a conversation too. It stays in the tool message if the
    // service does not accept a user message after a tool message.
    let last = sent(openai("gpt-4o"), messages[..4].to_vec());
    assert_eq!(last[4]["role"], "user");
    let kept = sent(mistral("pixtral"), messages[..3].to_vec());
    assert_eq!(kept[2]["content"][1]["type"], "image_url");
    let error = refusal(deepseek("deepseek-chat"), messages, options());
    assert!(error.contains("does not support images in a tool message"), "{error}");
}

#[test]
fn a_tool_error_without_a_message_has_a_text() {
    let failed = |text: &str| {
        vec![human("Go."), called(&["call_1"]), ToolMessage::error("call_1", text).into()]
    };
    let words = "The tool failed and did not say why.";
    for text in ["", " \n"] {
        assert_eq!(sent(groq("m"), failed(text))[2]["content"], words);
        let items = body(responses("gpt-5"), failed(text), options());
        assert_eq!(items["input"][2]["output"], words);
    }
    assert_eq!(sent(groq("m"), failed("No."))[2]["content"], "No.");
    let empty = vec![called(&["call_1"]), ToolMessage::new("call_1", "").into()];
    assert_eq!(sent(groq("m"), empty)[1]["content"], "");
}

#[test]
fn a_prefix_for_claude_has_no_trailing_white_space() {
    let claude = || openrouter("anthropic/claude-sonnet-4.5");
    assert_eq!(sent(claude(), vec![human("Go on."), ai("It is \n")])[1]["content"], "It is");
    let parts = AiMessage::new("It").with_block("is ").into();
    let sent_parts = sent(claude(), vec![human("Go on."), parts]);
    assert_eq!(sent_parts[1]["content"][1]["text"], "is");
    // The whitespace stays for other models, and in messages that are not the last.
    assert_eq!(sent(claude(), vec![ai("It is "), human("Well?")])[0]["content"], "It is ");
    assert_eq!(sent(openai("gpt-4o"), vec![ai("It is ")])[0]["content"], "It is ");
}

#[test]
fn an_extra_takes_precedence_over_added_fields() {
    let requested = |field: &str, value: Value| {
        let all = options().reasoning_effort(ReasoningEffort::High).tools([clock()]).logprobs(2);
        body(responses("gpt-5"), "Hi", all.temperature(0.5).extra(field, value))
    };
    for empty in [json!([]), json!({}), json!("x"), json!(0), json!(false)] {
        for field in
            ["model", "input", "include", "tools", "reasoning", "temperature", "top_logprobs"]
        {
            assert_eq!(requested(field, empty.clone())[field], empty, "{field}");
        }
    }
    for field in ["include", "tools", "reasoning", "temperature", "top_logprobs"] {
        assert_eq!(requested(field, Value::Null).get(field), None, "{field}");
    }
    let merged = requested("include", json!(["web_search_call.results"]));
    assert_eq!(merged["include"].as_array().unwrap().len(), 3);
    let chat = |field: &str, value: Value| {
        let format =
            ResponseFormat::JsonSchema(ResponseSchema::new("a", json!({"type": "object"})));
        streamed(azure("gpt-4o"), options().response_format(format).extra(field, value))
    };
    for field in ["messages", "stream", "stream_options", "response_format"] {
        assert_eq!(chat(field, json!([]))[field], json!([]), "{field}");
    }
    let usage = chat("stream_options", json!({"include_usage": false}));
    assert_eq!(usage["stream_options"], json!({"include_usage": false}));
}

#[test]
fn json_keeps_its_order() {
    let args = json!({"z": 1, "a": {"y": 1, "b": 2}});
    let call = AiMessage::new("").with_block(ToolCall::new("call_1", "f", args)).into();
    let sent_call = sent(openai("gpt-4o"), vec![call]);
    let written = &sent_call[0]["tool_calls"][0]["function"]["arguments"];
    assert_eq!(written, r#"{"z":1,"a":{"y":1,"b":2}}"#);
    let schema = json!({"type": "object", "properties": {
        "steps": {"type": "string", "format": "x"}, "answer": {"type": "string"},
    }});
    let tool = ToolDefinition::new("f", "", schema).strict(true);
    let sent_tool = body(openai("gpt-4o"), "Hi", options().tools([tool]));
    let parameters = &sent_tool["tools"][0]["function"]["parameters"];
    assert_eq!(parameters["required"], json!(["steps", "answer"]));
    let names: Vec<_> = parameters["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["steps", "answer"]);
    let extras = options().extra("z", 1).extra("a", 2);
    let body = body(openai("gpt-4o"), "Hi", extras).to_string();
    assert!(body.ends_with(r#""z":1,"a":2}"#), "{body}");
}

fn city() -> ResponseSchema {
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    ResponseSchema::new("city", schema).description("A city.")
}

#[test]
fn deepseek_gets_the_schema_in_the_prompt() {
    let requested = || options().response_format(ResponseFormat::JsonSchema(city()));
    let alone = body(deepseek("deepseek-chat"), "Where?", requested());
    assert_eq!(alone["response_format"], json!({"type": "json_object"}));
    assert_eq!(alone["messages"][0]["role"], "system");
    let instructions = alone["messages"][0]["content"].as_str().unwrap();
    assert!(
        instructions.contains(r#""name":{"type":"string"}"#) && instructions.contains("json"),
        "{instructions}"
    );
    assert!(instructions.contains("A city."), "{instructions}");
    assert_eq!(alone["messages"][1], json!({"role": "user", "content": "Where?"}));
    // The instructions are appended to an existing system message, because some models accept only
    // one.
    let both = body(deepseek("deepseek-chat"), [system("Be terse."), human("Where?")], requested());
    assert_eq!(both["messages"].as_array().unwrap().len(), 2);
    assert!(both["messages"][0]["content"].as_str().unwrap().starts_with("Be terse.\n\nAnswer"));
    // An explicit response format replaces the instructions.
    let by_hand = requested().extra("response_format", json!({"type": "text"}));
    let by_hand = body(deepseek("deepseek-chat"), "Where?", by_hand);
    assert_eq!(by_hand["response_format"], json!({"type": "text"}));
    assert_eq!(by_hand["messages"].as_array().unwrap().len(), 1);
}
