//! Content is recorded only on request.

use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use runnable_chat::{ToolCall, prelude::*};
use runnable_otel::OtelListener;
use runnable_testing::{ScriptedChatModel, ScriptedEmbeddings, ScriptedReply};
use serde_json::json;

use crate::exported::{Ended, Exported};

const SECRET: &str = "the treasure is under the oak";

/// A chain whose input, prompt, answer, tool call and documents contain `SECRET`.
async fn run(config: RunConfig) {
    let model = ScriptedChatModel::new([ScriptedReply::complete(SECRET)]).to_model();
    let shelf = retriever("Shelf", |question: String, _| async move {
        Ok(vec![Document::new(question).with_id("d-1").with_metadata("score", 0.5)])
    });
    let question = lambda(|documents: Vec<Document>| {
        PromptValue::from(vec![
            system(format!("You know that {}.", documents[0].page_content)),
            human("Where is it?"),
        ])
    });
    let chain = shelf.pipe(question).pipe(model).pipe(text());
    chain.invoke(SECRET).config(config.clone()).await.unwrap();
    let definition = runnable_chat::tool::ToolDefinition::new("dig", "", json!({}));
    let dig = Tool::new(definition, |args, _| async move { Ok(args) });
    let call = ToolCall::new("call_1", "dig", json!({ "at": SECRET }));
    toolbox([dig])
        .invoke(AiMessage::new("").with_block(call))
        .config(config.clone())
        .await
        .unwrap();
    let vectors = ScriptedEmbeddings::new(2).to_model();
    vectors.invoke(vec![SECRET.to_owned()]).config(config).await.unwrap();
}

#[tokio::test]
async fn no_content_is_recorded_by_default() {
    let exported = Exported::new();
    run(exported.config()).await;
    let spans = exported.spans();
    assert!(spans.len() > 7, "{:?}", exported.names());
    for span in spans {
        let everything = span.everything();
        assert!(!everything.contains("treasure"), "{everything}");
        for name in ["input.value", "gen_ai.input.messages", "llm.input_messages.0.message.role"] {
            assert_eq!(span.get(name), None, "{name}");
        }
    }
}

#[tokio::test]
async fn a_chat_has_its_messages_in_both_forms() {
    let exported = Exported::new();
    run(exported.config_with_content()).await;
    let span = exported.span("chat");
    let system = format!("You know that {SECRET}.");
    assert_eq!(
        span.json("gen_ai.input.messages"),
        json!([
            { "role": "system", "parts": [{ "type": "text", "content": system }] },
            { "role": "user", "parts": [{ "type": "text", "content": "Where is it?" }] },
        ])
    );
    assert_eq!(
        span.json("gen_ai.output.messages"),
        json!([{ "role": "assistant", "parts": [{ "type": "text", "content": SECRET }] }])
    );
    for (name, value) in [
        ("llm.input_messages.0.message.role", "system"),
        ("llm.input_messages.0.message.content", &*system),
        ("llm.input_messages.1.message.role", "user"),
        ("llm.input_messages.1.message.content", "Where is it?"),
        ("llm.output_messages.0.message.role", "assistant"),
        ("llm.output_messages.0.message.content", SECRET),
        ("input.mime_type", "application/json"),
    ] {
        assert_eq!(span.text(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(span.json("output.value")["content"], SECRET);
}

#[tokio::test]
async fn tools_retrievers_and_chains_have_their_values() {
    let exported = Exported::new();
    run(exported.config_with_content()).await;
    let span = exported.span("execute_tool dig");
    assert_eq!(span.json("gen_ai.tool.call.arguments"), json!({ "at": SECRET }));
    assert_eq!(span.json("gen_ai.tool.call.result"), json!({ "at": SECRET }));
    let span = exported.span("retrieval Shelf");
    assert_eq!(span.text("gen_ai.retrieval.query.text").as_deref(), Some(SECRET));
    assert_eq!(span.json("gen_ai.retrieval.documents"), json!([{ "id": "d-1" }]));
    for (name, value) in [
        ("retrieval.documents.0.document.id", "d-1"),
        ("retrieval.documents.0.document.content", SECRET),
        ("retrieval.documents.0.document.score", "0.5"),
        ("input.value", SECRET),
        ("input.mime_type", "text/plain"),
    ] {
        assert_eq!(span.text(name).as_deref(), Some(value), "{name}");
    }
    let span = exported.span("invoke_workflow RunnableSequence");
    assert_eq!(span.text("input.value").as_deref(), Some(SECRET));
    assert_eq!(span.text("output.value").as_deref(), Some(SECRET));
    let span = exported.span("embeddings");
    assert_eq!(span.text("embedding.embeddings.0.embedding.text").as_deref(), Some(SECRET));
    assert_eq!(span.get("output.value"), None, "vectors are not recorded");
}

#[tokio::test]
async fn a_long_conversation_does_not_displace_other_attributes() {
    // The default limit of the SDK is 128 attributes.
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let otel = OtelListener::builder(&provider).content(true).build();
    let usage = Usage::new(10, 2);
    let script = ScriptedChatModel::new([ScriptedReply::complete("yes").usage(usage)]);
    let messages: Vec<_> = (0..200).map(|number| human(format!("message {number}"))).collect();
    let prompt = PromptValue::from(messages);
    script.to_model().invoke(prompt).config(RunConfig::new().listener(otel)).await.unwrap();
    let span = Ended(exporter.get_finished_spans().unwrap().remove(0));
    assert!(span.0.dropped_attributes_count > 200, "{}", span.0.dropped_attributes_count);
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(10));
    assert_eq!(span.json("gen_ai.input.messages").as_array().unwrap().len(), 200);
    let answer = "llm.output_messages.0.message.content";
    assert_eq!(span.text(answer).as_deref(), Some("yes"));
    let first = "llm.input_messages.0.message.content";
    assert_eq!(span.text(first).as_deref(), Some("message 0"));
}

#[tokio::test]
async fn tool_calls_and_media_are_parts_of_messages() {
    let exported = Exported::new();
    let script = ScriptedChatModel::new([ScriptedReply::tool_call("dig", json!({ "at": "oak" }))]);
    let prompt = PromptValue::from(vec![
        HumanMessage::new("What is this?")
            .with_block(ContentBlock::Image(Media::from_url("https://example.org/map.png")))
            .into(),
        AiMessage::new("").with_block(ToolCall::new("call_0", "look", json!({}))).into(),
        ToolMessage::new("call_0", "a map").with_name("look").into(),
    ]);
    let config = exported.config_with_content();
    script.to_model().stream(prompt).config(config).concat().await.unwrap();
    let span = exported.span("chat");
    assert_eq!(
        span.json("gen_ai.input.messages"),
        json!([
            { "role": "user", "parts": [
                { "type": "text", "content": "What is this?" },
                { "type": "uri", "modality": "image", "uri": "https://example.org/map.png" },
            ] },
            { "role": "assistant", "parts": [
                { "type": "tool_call", "id": "call_0", "name": "look", "arguments": {} },
            ] },
            { "role": "tool", "name": "look", "parts": [
                { "type": "tool_call_response", "id": "call_0", "response": "a map" },
            ] },
        ])
    );
    let call = json!({
        "type": "tool_call", "id": "call_1", "name": "dig", "arguments": { "at": "oak" },
    });
    let answer = json!([
        { "role": "assistant", "parts": [call], "finish_reason": "tool_calls" },
    ]);
    assert_eq!(span.json("gen_ai.output.messages"), answer);
    let (input, output) = ("llm.input_messages", "llm.output_messages.0.message");
    for (name, value) in [
        (format!("{input}.0.message.contents.0.message_content.type"), "text"),
        (format!("{input}.0.message.contents.0.message_content.text"), "What is this?"),
        (format!("{input}.0.message.contents.1.message_content.type"), "image"),
        (
            format!("{input}.0.message.contents.1.message_content.image.image.url"),
            "https://example.org/map.png",
        ),
        (format!("{input}.1.message.tool_calls.0.tool_call.function.name"), "look"),
        (format!("{input}.2.message.role"), "tool"),
        (format!("{input}.2.message.tool_call_id"), "call_0"),
        (format!("{output}.tool_calls.0.tool_call.id"), "call_1"),
        (format!("{output}.tool_calls.0.tool_call.function.name"), "dig"),
        (format!("{output}.tool_calls.0.tool_call.function.arguments"), r#"{"at":"oak"}"#),
    ] {
        assert_eq!(span.text(&name).as_deref(), Some(value), "{name}");
    }
}
