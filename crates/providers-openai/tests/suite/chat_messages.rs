//! Messages in the form of Chat Completions.

use providers_openai::{deepseek, mistral, openai, openrouter, perplexity};
use runnable_chat::{
    AiMessage, ChatOptions, ContentBlock, HumanMessage, Media, Message, SystemMessage, ToolCall,
    ToolMessage, human,
    message::{InvalidToolCall, ReasoningBlock, RefusalBlock},
    system,
};
use serde_json::{Value, json};

use crate::written::{body, refusal};

fn messages(model: providers_openai::OpenAiBuilder, messages: Vec<Message>) -> Value {
    body(model, messages, ChatOptions::new())["messages"].take()
}

fn photo() -> ContentBlock {
    ContentBlock::Image(Media::from_base64("image/jpeg", "AAAA"))
}

#[test]
fn each_message_has_its_role() {
    let call = ToolCall::new("call_1", "lookup", json!({"city": "Oslo"}));
    let conversation = vec![
        SystemMessage::new("Be terse.").into(),
        HumanMessage::new("Weather?").with_name("ann").into(),
        AiMessage::new("Let me see.").with_block(call).into(),
        ToolMessage::error("call_1", "No such city.").into(),
    ];
    assert_eq!(
        messages(openai("gpt-4o"), conversation),
        json!([
            {"role": "system", "content": "Be terse."},
            {"role": "user", "content": "Weather?", "name": "ann"},
            {"role": "assistant", "content": "Let me see.", "tool_calls": [{
                "id": "call_1",
                "type": "function",
                "function": {"name": "lookup", "arguments": "{\"city\":\"Oslo\"}"},
            }]},
            {"role": "tool", "tool_call_id": "call_1", "content": "No such city."},
        ])
    );
}

#[test]
fn reasoning_models_get_developer_messages() {
    let role = |model| messages(model, vec![system("Be terse."), human("Hi")])[0]["role"].take();
    assert_eq!(role(openai("gpt-5-nano")), "developer");
    assert_eq!(role(openai("gpt-4.1")), "system");
    assert_eq!(role(openai("o1-mini")), "system");
    assert_eq!(role(openrouter("openai/gpt-5")), "system");
}

#[test]
fn media_are_parts_of_the_content() {
    let mut detailed = Media::from_url("https://example.com/a.png");
    detailed.extras.insert("detail".into(), "low".into());
    let question = HumanMessage::new("What is this?")
        .with_block(photo())
        .with_block(ContentBlock::Image(detailed))
        .with_block(ContentBlock::Audio(Media::from_base64("audio/mpeg", "BBBB")))
        .with_block(ContentBlock::File(
            Media::from_base64("application/pdf", "CCCC").with_filename("a.pdf"),
        ))
        .with_block(ContentBlock::File(Media::from_file_id("file-1")));
    assert_eq!(
        messages(openai("gpt-4o"), vec![question.into()])[0]["content"],
        json!([
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}},
            {"type": "image_url", "image_url": {
                "url": "https://example.com/a.png", "detail": "low",
            }},
            {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "mp3"}},
            {"type": "file", "file": {
                "filename": "a.pdf", "file_data": "data:application/pdf;base64,CCCC",
            }},
            {"type": "file", "file": {"file_id": "file-1"}},
        ])
    );
}

#[test]
fn unsupported_content_is_named() {
    let refusal_of = |model, block| {
        let question = HumanMessage::new("What is this?").with_block(block);
        refusal(model, Message::from(question), ChatOptions::new())
    };
    let video = || ContentBlock::Video(Media::from_url("https://example.com/a.mp4"));
    assert!(
        refusal_of(openai("gpt-4o"), video())
            .starts_with("openai does not support videos in a human message")
    );
    let by_id = ContentBlock::Image(Media::from_file_id("file-1"));
    assert!(
        refusal_of(openai("gpt-4o"), by_id)
            .starts_with("openai does not support an image by file ID")
    );
    assert!(
        refusal_of(deepseek("deepseek-chat"), photo())
            .starts_with("deepseek does not support images in")
    );
    let distant = ContentBlock::File(Media::from_url("https://example.com/a.pdf"));
    assert!(refusal_of(openai("gpt-4o"), distant).starts_with("openai does not support files"));
    let thoughts = ContentBlock::Reasoning(ReasoningBlock::new("Hm."));
    assert!(
        refusal_of(openai("gpt-4o"), thoughts)
            .starts_with("openai does not support reasoning blocks")
    );
    let sent = messages(
        openrouter("google/gemini"),
        vec![HumanMessage::new("").with_block(video()).into()],
    );
    assert_eq!(sent[0]["content"][0]["type"], "video_url");
}

#[test]
fn each_service_has_its_own_form_of_documents() {
    let question = || {
        let file = ContentBlock::File(Media::from_url("https://example.com/a.pdf"));
        vec![HumanMessage::new("Sum it up.").with_block(file).into()]
    };
    let part = |model| messages(model, question())[0]["content"][1].take();
    assert_eq!(
        part(mistral("mistral-small")),
        json!({"type": "document_url", "document_url": "https://example.com/a.pdf"})
    );
    assert_eq!(
        part(perplexity("sonar")),
        json!({"type": "file_url", "file_url": {"url": "https://example.com/a.pdf"}})
    );
    assert_eq!(part(openrouter("m"))["file"]["file_data"], "https://example.com/a.pdf");
}

#[test]
fn an_answer_is_sent_back_unchanged() {
    let mut refused = AiMessage::new("");
    refused.content.push(ContentBlock::Refusal(RefusalBlock::new("I will not.")));
    let mut cut = InvalidToolCall::new("cut");
    (cut.id, cut.name) = (Some("call_2".into()), Some("lookup".into()));
    cut.args = Some("{\"city\": \"Os".into());
    let answers = vec![
        refused.into(),
        AiMessage::new("").with_block(ToolCall::new("call_1", "sql", "SELECT 1")).into(),
        AiMessage::new("").with_block(ContentBlock::InvalidToolCall(cut)).into(),
        AiMessage::new("").into(),
    ];
    assert_eq!(
        messages(openai("gpt-4o"), answers),
        json!([
            {"role": "assistant", "content": null, "refusal": "I will not."},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}},
            ]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_2", "type": "function", "function": {
                    "name": "lookup", "arguments": "{\"city\": \"Os",
                }},
            ]},
            {"role": "assistant", "content": ""},
        ])
    );
}

#[test]
fn reasoning_is_sent_back_while_the_model_calls_tools() {
    let answer = |provider: &str| {
        let mut answer = AiMessage::new("");
        answer.content.push(ReasoningBlock::new("I need the weather.").into());
        answer.content.push(ToolCall::new("call_1", "lookup", json!({})).into());
        answer.provider = Some(provider.to_owned().into());
        answer
    };
    let result = || Message::from(ToolMessage::new("call_1", "Rain."));
    let sent = messages(
        deepseek("deepseek-chat"),
        vec![human("Weather?"), answer("deepseek").into(), result()],
    );
    assert_eq!(sent[1]["reasoning_content"], "I need the weather.");
    let later = vec![human("Weather?"), answer("deepseek").into(), result(), human("Thanks.")];
    assert_eq!(messages(deepseek("deepseek-chat"), later)[1].get("reasoning_content"), None);
    let foreign = vec![human("Weather?"), answer("groq").into(), result()];
    assert_eq!(messages(deepseek("deepseek-chat"), foreign)[1].get("reasoning_content"), None);
    let sent = messages(openai("gpt-5"), vec![human("Weather?"), answer("openai").into()]);
    assert_eq!(sent[1].get("reasoning_content"), None);
}

#[test]
fn reasoning_of_mistral_is_part_of_the_content() {
    let mut answer = AiMessage::new("");
    answer.content.push(ReasoningBlock::new("12 × 12.").into());
    answer.content.push(ContentBlock::text("144"));
    answer.provider = Some("mistralai".into());
    assert_eq!(
        messages(mistral("magistral"), vec![answer.into()])[0]["content"],
        json!([
            {"type": "thinking", "thinking": [{"type": "text", "text": "12 × 12."}]},
            {"type": "text", "text": "144"},
        ])
    );
}

#[test]
fn mistral_gets_matching_call_ids_of_nine_characters() {
    let call = ToolCall::new("call_abcdef0123456789", "lookup", json!({}));
    let sent = messages(
        mistral("mistral-small"),
        vec![
            AiMessage::new("").with_block(call).into(),
            ToolMessage::new("call_abcdef0123456789", "Rain.").into(),
            ToolMessage::new("abcDEF123", "Sun.").into(),
        ],
    );
    let id = sent[0]["tool_calls"][0]["id"].as_str().expect("the call has an id");
    assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(sent[1]["tool_call_id"], id);
    assert_eq!(sent[2]["tool_call_id"], "abcDEF123");
}
