//! Encoding a conversation.

use providers_anthropic::{AnthropicProtocol, encode_content};
use runnable_chat::{
    AiMessage, ChatOptions, ContentBlock, HumanMessage, Media, Message, SystemMessage, ToolCall,
    ToolMessage, ai, human,
    message::{InvalidToolCall, ReasoningBlock, TextBlock},
    model::ChatRequest,
    system,
};
use runnable_http::chat::ChatProtocol;
use serde_json::{Value, json};

use super::wire::{body, refusal, whole};

fn messages(conversation: Vec<Message>) -> Value {
    body(conversation, ChatOptions::new())["messages"].take()
}

fn refused(conversation: Vec<Message>) -> String {
    refusal(conversation, ChatOptions::new())
}

#[test]
fn consecutive_messages_of_one_side_are_one_turn() {
    let conversation = [
        system("Be terse."),
        human("Hello."),
        human("You there?"),
        ai("Yes."),
        system("In French."),
    ];
    let body = body(conversation, ChatOptions::new().max_tokens(10));
    assert_eq!(
        body,
        json!({
            "model": "claude-sonnet-4-5",
            "max_tokens": 10,
            "system": [
                {"type": "text", "text": "Be terse."},
                {"type": "text", "text": "In French."},
            ],
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Hello."},
                    {"type": "text", "text": "You there?"},
                ]},
                {"role": "assistant", "content": [{"type": "text", "text": "Yes."}]},
            ],
        })
    );
}

#[test]
fn extras_of_a_block_become_its_fields() {
    let mut handbook = TextBlock::new("A handbook.");
    handbook.extras.insert("cache_control".into(), json!({"type": "ephemeral"}));
    let instructions = SystemMessage::new("").with_block(handbook);
    let body = body(vec![instructions.into(), human("Hello.")], ChatOptions::new());
    assert_eq!(
        body["system"],
        json!([{
            "type": "text", "text": "A handbook.", "cache_control": {"type": "ephemeral"},
        }])
    );
}

#[test]
fn tool_results_are_one_turn_of_the_user() {
    let calls = AiMessage::new("")
        .with_block(ToolCall::new("toolu_1", "clock", json!({})))
        .with_block(ToolCall::new("toolu_2", "weather", json!({"city": "Paris"})));
    let conversation = vec![
        human("What is the time, and the weather?"),
        calls.into(),
        ToolMessage::new("toolu_1", "Noon.").into(),
        ToolMessage::error("toolu_2", "No such city.").into(),
        ToolMessage::new("toolu_3", "").into(),
        human("Well?"),
    ];
    assert_eq!(
        messages(conversation),
        json!([
            {"role": "user", "content": [
                {"type": "text", "text": "What is the time, and the weather?"},
            ]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}},
                {"type": "tool_use", "id": "toolu_2", "name": "weather", "input": {"city": "Paris"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [
                    {"type": "text", "text": "Noon."},
                ]},
                {"type": "tool_result", "tool_use_id": "toolu_2", "is_error": true, "content": [
                    {"type": "text", "text": "No such city."},
                ]},
                {"type": "tool_result", "tool_use_id": "toolu_3"},
                {"type": "text", "text": "Well?"},
            ]},
        ])
    );
}

#[test]
fn images_and_documents_are_written_by_their_source() {
    let file = |media: Media| ContentBlock::File(media);
    let question = HumanMessage::new("What is this?")
        .with_block(ContentBlock::Image(Media::from_url("https://example.com/taj.jpg")))
        .with_block(ContentBlock::Image(Media::from_url("data:image/gif;base64,R0lG")))
        .with_block(ContentBlock::Image(Media::from_bytes("image/png", b"PNG")))
        .with_block(ContentBlock::Image(Media::from_file_id("file_1")))
        .with_block(file(Media::from_bytes("application/pdf", b"PDF").with_filename("report.pdf")))
        .with_block(file(Media::from_bytes("text/markdown", "Grüße")))
        .with_block(file(Media::from_url("https://example.com/a.pdf")));
    let source = |kind: &str, fields: Value| {
        let mut source = json!({"type": kind});
        source.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        source
    };
    assert_eq!(
        messages(vec![question.clone().into()])[0]["content"],
        json!([
            {"type": "text", "text": "What is this?"},
            {"type": "image", "source": source("url", json!({"url": "https://example.com/taj.jpg"}))},
            {"type": "image", "source":
                source("base64", json!({"media_type": "image/gif", "data": "R0lG"}))},
            {"type": "image", "source":
                source("base64", json!({"media_type": "image/png", "data": "UE5H"}))},
            {"type": "image", "source": source("file", json!({"file_id": "file_1"}))},
            {"type": "document", "title": "report.pdf", "source":
                source("base64", json!({"media_type": "application/pdf", "data": "UERG"}))},
            {"type": "document", "source":
                source("text", json!({"media_type": "text/plain", "data": "Grüße"}))},
            {"type": "document", "source": source("url", json!({"url": "https://example.com/a.pdf"}))},
        ])
    );
    let request = ChatRequest::new(Message::from(question), ChatOptions::new());
    let call = AnthropicProtocol::new("claude-sonnet-4-5").beta("one").encode(&request).unwrap();
    assert!(format!("{call:?}").contains("one,files-api-2025-04-14"), "{call:?}");
}

#[test]
fn blocks_in_the_form_of_the_api_are_sent_unchanged() {
    let found = json!({
        "type": "search_result", "source": "https://example.com", "title": "Facts",
        "content": [{"type": "text", "text": "Ruby is old."}],
    });
    let block: ContentBlock = serde_json::from_value(found.clone()).unwrap();
    let call = AiMessage::new("").with_block(ToolCall::new("toolu_1", "search", json!({})));
    let conversation = vec![
        human("Search."),
        call.into(),
        ToolMessage::new("toolu_1", "").with_block(block).into(),
    ];
    assert_eq!(messages(conversation)[2]["content"][0]["content"], json!([found]));
}

/// Returns the content of an answer with everything that only its provider understands.
fn rich() -> Value {
    json!([
        {"type": "thinking", "thinking": "I should search.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "b3BhcXVl"},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
            "input": {"query": "ruby"}, "caller": {"type": "direct"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
            {"type": "web_search_result", "url": "https://example.com", "title": "Ruby",
                "encrypted_content": "ZW5j", "page_age": null},
        ]},
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "echo", "server_name": "test",
            "input": {}},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": false,
            "content": [{"type": "text", "text": "hello"}]},
        {"type": "compaction", "content": "What was said before."},
        {"type": "text", "text": "Ruby is old", "citations": [
            {"type": "web_search_result_location", "url": "https://example.com", "title": "Ruby",
                "cited_text": "Ruby is old.", "encrypted_index": "aW5k"},
            {"type": "char_location", "cited_text": "old", "document_index": 0,
                "document_title": "Facts", "start_char_index": 0, "end_char_index": 3},
        ]},
        {"type": "text", "text": "."},
        {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {"zone": "UTC"},
            "caller": {"type": "direct"}},
    ])
}

fn answered(content: &Value) -> AiMessage {
    whole(&json!({
        "type": "message", "role": "assistant", "id": "msg_1", "model": "claude-sonnet-4-5",
        "content": content, "stop_reason": "tool_use",
    }))
    .unwrap()
}

#[test]
fn an_answer_is_sent_back_unchanged() {
    let answer = answered(&rich());
    let conversation =
        vec![human("How old is Ruby?"), answer.into(), ToolMessage::new("toolu_1", "Noon.").into()];
    assert_eq!(messages(conversation)[1]["content"], rich());
}

#[test]
fn a_stored_answer_is_sent_back_unchanged() {
    let stored = serde_json::to_string(&answered(&rich())).unwrap();
    let answer: AiMessage = serde_json::from_str(&stored).unwrap();
    assert_eq!(encode_content(&answer).unwrap(), rich());
}

#[test]
fn content_of_another_provider_is_left_out() {
    let mut answer = answered(&rich());
    answer.provider = Some("openai".into());
    let conversation =
        vec![human("How old is Ruby?"), answer.into(), ToolMessage::new("toolu_1", "Noon.").into()];
    assert_eq!(
        messages(conversation)[1]["content"],
        json!([
            {"type": "text", "text": "Ruby is old"},
            {"type": "text", "text": "."},
            {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {"zone": "UTC"}},
        ])
    );
}

#[test]
fn ids_of_other_providers_are_converted() {
    let call =
        AiMessage::new("").with_block(ToolCall::new("functions.clock:0", "clock", json!({})));
    let result = ToolMessage::new("functions.clock:0", "Noon.");
    let messages = messages(vec![human("Time?"), call.into(), result.into()]);
    assert_eq!(messages[1]["content"][0]["id"], "functions_clock_0");
    assert_eq!(messages[2]["content"][0]["tool_use_id"], "functions_clock_0");
}

#[test]
fn content_that_the_api_rejects_is_left_out() {
    let mut answer = answered(&json!([
        {"type": "thinking", "thinking": "cut before it was sig"},
        {"type": "text", "text": "\n\n"},
    ]));
    let mut cut = InvalidToolCall::new("cut");
    (cut.id, cut.name, cut.args) =
        (Some("toolu_1".into()), Some("clock".into()), Some("{\"zone".into()));
    answer.content.push(ContentBlock::InvalidToolCall(cut));
    let unanswered = vec![human("Time?"), answer.clone().into(), human("Well?")];
    let turns = messages(unanswered);
    assert_eq!(turns.as_array().unwrap().len(), 1, "the turn of the model is empty: {turns}");

    let result = ToolMessage::error("toolu_1", "The arguments are no JSON.");
    let answered = messages(vec![human("Time?"), answer.into(), result.into()]);
    assert_eq!(
        answered[1]["content"],
        json!([{
            "type": "tool_use", "id": "toolu_1", "name": "clock",
            "input": {"INVALID_JSON": "{\"zone"},
        }])
    );
}

#[test]
fn unsupported_content_is_named() {
    let audio = ContentBlock::Audio(Media::from_bytes("audio/wav", b"RIFF"));
    let heard = HumanMessage::new("Listen.").with_block(audio.clone());
    assert_eq!(
        refused(vec![system("Be terse."), heard.into()]),
        "message 2 (user) has audio, which the Anthropic API does not support here"
    );
    let video = ContentBlock::File(Media::from_bytes("video/mp4", b"MP4"));
    assert!(refused(vec![HumanMessage::new("").with_block(video).into()]).contains("`video/mp4`"));
    let image = ContentBlock::Image(Media::from_url("https://example.com/a.png"));
    let shown = refused(vec![human("Draw."), AiMessage::new("").with_block(image).into()]);
    assert_eq!(
        shown,
        "message 2 (assistant) has an image, which the Anthropic API supports only in human messages"
    );
    let thought = HumanMessage::new("").with_block(ReasoningBlock::new("Hm."));
    assert!(refused(vec![thought.into()]).contains("a reasoning block"));
    assert!(refused(vec![human(" ")]).contains("no content"));
    assert!(refused(vec![system("Be terse.")]).contains("no messages except system messages"));
    let mut nameless = ToolCall::new("", "clock", json!({}));
    nameless.id = None;
    let call = AiMessage::new("").with_block(nameless);
    assert!(refused(vec![human("Time?"), call.into()]).contains("`clock` without an ID"));
}
