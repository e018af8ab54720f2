//! Messages, as Chat Completions takes them.

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
fn a_model_that_reasons_is_instructed_by_a_developer() {
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
fn what_a_service_cannot_take_is_named() {
    let said = |model, block| {
        let question = HumanMessage::new("What is this?").with_block(block);
        refusal(model, Message::from(question), ChatOptions::new())
    };
    let film = || ContentBlock::Video(Media::from_url("https://example.com/a.mp4"));
    assert!(said(openai("gpt-4o"), film()).starts_with("a film in a human message: openai"));
    let by_id = ContentBlock::Image(Media::from_file_id("file-1"));
    assert!(said(openai("gpt-4o"), by_id).starts_with("a picture by its file id"));
    assert!(said(deepseek("deepseek-chat"), photo()).starts_with("a picture in a human message"));
    let distant = ContentBlock::File(Media::from_url("https://example.com/a.pdf"));
    assert!(said(openai("gpt-4o"), distant).starts_with("a file"));
    let thoughts = ContentBlock::Reasoning(ReasoningBlock::new("Hm."));
    assert!(said(openai("gpt-4o"), thoughts).starts_with("a reasoning block"));
    let sent = messages(
        openrouter("google/gemini"),
        vec![HumanMessage::new("").with_block(film()).into()],
    );
    assert_eq!(sent[0]["content"][0]["type"], "video_url");
}

#[test]
fn services_take_documents_in_their_own_ways() {
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
fn an_answer_goes_back_as_it_was_said() {
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
fn thoughts_go_back_to_their_provider_while_it_calls_tools() {
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
fn thoughts_of_mistral_are_parts_of_the_content() {
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
fn mistral_gets_ids_of_nine_letters_the_same_for_a_call_and_its_result() {
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
