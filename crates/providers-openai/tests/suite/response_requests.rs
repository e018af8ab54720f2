//! Requests in the form of the Responses API.

use providers_openai::{Api, OpenAiBuilder, openai};
use runnable_chat::{
    AiMessage, ChatOptions, ContentBlock, HumanMessage, Media, Message, ToolCall, ToolMessage,
    human,
    message::{ReasoningBlock, TextBlock},
    model::{ReasoningEffort, ResponseFormat, ResponseSchema},
    system,
    tool::{ToolChoice, ToolDefinition},
};
use serde_json::{Value, json};

use crate::written::{body, refusal};

fn model(name: &str) -> OpenAiBuilder {
    openai(name).api(Api::Responses)
}

fn input(messages: Vec<Message>) -> Value {
    body(model("gpt-4o"), messages, ChatOptions::new())["input"].take()
}

#[test]
fn options_have_their_names() {
    let tool = ToolDefinition::new("lookup", "", json!({"type": "object"}));
    let format =
        ResponseSchema::new("answer", json!({"type": "object", "properties": {}})).strict(false);
    let requested = ChatOptions::new()
        .temperature(0.7)
        .max_tokens(50)
        .reasoning_effort(ReasoningEffort::High)
        .logprobs(2)
        .tools([tool])
        .tool_choice(ToolChoice::Tool("lookup".into()))
        .response_format(ResponseFormat::JsonSchema(format))
        .extra("tools", json!([{"type": "web_search"}]))
        .extra("include", json!(["web_search_call.action.sources"]))
        .extra("reasoning", json!({"summary": "auto"}))
        .extra("store", false);
    assert_eq!(
        body(model("gpt-4o"), "Hi", requested),
        json!({
            "model": "gpt-4o",
            "input": [{"type": "message", "role": "user", "content": "Hi"}],
            "temperature": 0.7,
            "max_output_tokens": 50,
            "reasoning": {"effort": "high", "summary": "auto"},
            "top_logprobs": 2,
            "include": [
                "reasoning.encrypted_content",
                "message.output_text.logprobs",
                "web_search_call.action.sources",
            ],
            "tools": [
                {
                    "type": "function",
                    "name": "lookup",
                    "parameters": {"type": "object"},
                    "strict": false,
                },
                {"type": "web_search"},
            ],
            "tool_choice": {"type": "function", "name": "lookup"},
            "text": {"format": {
                "type": "json_schema",
                "name": "answer",
                "schema": {"type": "object", "properties": {}},
                "strict": false,
            }},
            "store": false,
        })
    );
}

#[test]
fn encrypted_reasoning_is_requested() {
    let sent = body(model("gpt-5-mini"), [system("Be terse."), human("Hi")], ChatOptions::new());
    assert_eq!(sent["include"], json!(["reasoning.encrypted_content"]));
    assert_eq!(sent["input"][0]["role"], "developer");
    let sent = body(model("gpt-4o"), "Hi", ChatOptions::new());
    assert_eq!(sent.get("include"), None);
}

#[test]
fn unsupported_options_are_named() {
    let error = refusal(model("gpt-4o"), "Hi", ChatOptions::new().stop(["END"]));
    assert!(error.starts_with("`stop`: not supported by the Responses API"), "{error}");
    let error = refusal(model("gpt-4o"), "Hi", ChatOptions::new().seed(7));
    assert!(error.starts_with("`seed`: not supported by the Responses API"), "{error}");
    let video = ContentBlock::Video(Media::from_url("https://example.com/a.mp4"));
    let question = Message::from(HumanMessage::new("What is this?").with_block(video));
    let error = refusal(model("gpt-4o"), question, ChatOptions::new());
    assert!(error.starts_with("openai does not support videos in a human message"), "{error}");
}

#[test]
fn media_are_parts_of_the_content() {
    let question = HumanMessage::new("What is this?")
        .with_block(ContentBlock::Image(Media::from_base64("image/png", "AAAA")))
        .with_block(ContentBlock::Image(Media::from_file_id("file-1")))
        .with_block(ContentBlock::File(Media::from_url("https://example.com/a.pdf")))
        .with_block(ContentBlock::File(
            Media::from_base64("application/pdf", "CCCC").with_filename("a.pdf"),
        ));
    assert_eq!(
        input(vec![question.into()])[0]["content"],
        json!([
            {"type": "input_text", "text": "What is this?"},
            {
                "type": "input_image",
                "image_url": "data:image/png;base64,AAAA",
                "detail": "auto",
            },
            {"type": "input_image", "file_id": "file-1", "detail": "auto"},
            {"type": "input_file", "file_url": "https://example.com/a.pdf"},
            {
                "type": "input_file",
                "filename": "a.pdf",
                "file_data": "data:application/pdf;base64,CCCC",
            },
        ])
    );
}

#[test]
fn data_of_another_provider_is_not_sent() {
    let mut answer = AiMessage::new("");
    let mut thoughts = ReasoningBlock::new("Hm.");
    (thoughts.id, thoughts.encrypted) = (Some("rs_1".into()), Some("xyz".into()));
    let mut text = TextBlock::new("Let me see.");
    text.id = Some("msg_1".into());
    let mut call = ToolCall::new("call_1", "lookup", json!({"city": "Oslo"}));
    call.extras.insert("item_id".into(), "fc_1".into());
    answer.content = vec![thoughts.into(), text.into(), call.into()];
    answer.provider = Some("azure".into());
    let photo = ContentBlock::Image(Media::from_url("https://example.com/a.png"));
    let result = ToolMessage::new("call_1", "Rain:").with_block(photo);
    assert_eq!(
        input(vec![answer.into(), result.into()]),
        json!([
            {"type": "message", "role": "assistant", "content": "Let me see."},
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "lookup",
                "arguments": "{\"city\":\"Oslo\"}",
            },
            {"type": "function_call_output", "call_id": "call_1", "output": [
                {"type": "input_text", "text": "Rain:"},
                {
                    "type": "input_image",
                    "image_url": "https://example.com/a.png",
                    "detail": "auto",
                },
            ]},
        ])
    );
}

#[test]
fn reasoning_that_is_not_stored_is_sent_back_encrypted() {
    let answer = |encrypted: Option<&str>| {
        let mut thoughts = ReasoningBlock::new("Hm.");
        (thoughts.id, thoughts.encrypted) = (Some("rs_1".into()), encrypted.map(str::to_owned));
        let mut call = ToolCall::new("call_1", "lookup", json!({}));
        call.extras.insert("item_id".into(), "fc_1".into());
        let mut answer = AiMessage::new("");
        answer.content = vec![thoughts.into(), call.into()];
        answer.provider = Some("openai".into());
        Message::from(answer)
    };
    let items = |encrypted, store: bool| {
        let requested = ChatOptions::new().extra("store", store);
        body(model("gpt-4o"), answer(encrypted), requested)["input"].take()
    };
    let thoughts = json!({
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "Hm."}],
    });
    let call = json!({
        "type": "function_call", "call_id": "call_1", "name": "lookup", "arguments": "{}",
    });
    let with = |item: &Value, key: &str, value: &str| {
        let mut item = item.clone();
        item[key] = value.into();
        item
    };
    let named = with(&call, "id", "fc_1");
    assert_eq!(items(None, true), json!([thoughts, named]));
    let encrypted = with(&thoughts, "encrypted_content", "xyz");
    assert_eq!(items(Some("xyz"), false), json!([encrypted, named]));
    assert_eq!(items(None, false), json!([call]));
}
