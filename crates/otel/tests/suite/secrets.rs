//! No span contains a key, regardless of how the key entered the call.

use runnable_chat::{ToolCall, prelude::*, tool::ToolDefinition};
use runnable_core::combinators::RetryPolicy;
use runnable_events::{Content, Redaction};
use runnable_otel::OtelListener;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::exported::Exported;

const KEY: &str = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz";

/// Calls chains whose values, errors, tags, metadata and events contain `KEY`.
async fn leak(config: RunConfig) {
    let config = config
        .tag(format!("tag {KEY}"))
        .metadata("api_key", KEY)
        .metadata("thread_id", format!("thread {KEY}"))
        .metadata("url", format!("https://host/v1?key={KEY}"));
    let script = ScriptedChatModel::new([
        ScriptedReply::error(Error::new(ErrorKind::Unavailable, format!("bad key {KEY}"))),
        ScriptedReply::complete(format!("your key is {KEY}")),
    ]);
    let model = script.to_model().stop([KEY]).with_retry(RetryPolicy::new().without_backoff());
    let emits = async_lambda(|answer: AiMessage, cx: RunContext| async move {
        cx.emit("found", &json!({ "authorization": format!("Bearer {KEY}") }));
        Err::<String, _>(Error::new(ErrorKind::Other, format!("failed for {}", answer.text())))
    });
    let prompt = PromptValue::from(human(format!("my key is {KEY}")));
    model.pipe(emits).invoke(prompt).config(config.clone()).await.unwrap_err();

    let definition = ToolDefinition::new("login", "", json!({}));
    let login = Tool::new(definition, |args, _| async move { Ok(args) });
    let call = ToolCall::new("call_1", "login", json!({ "password": "hunter2", "key": KEY }));
    toolbox([login]).invoke(AiMessage::new("").with_block(call)).config(config).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_span_contains_a_key() {
    for content in [false, true] {
        let exported = Exported::new();
        let otel = OtelListener::builder(&exported.provider).content(content).build();
        leak(RunConfig::new().listener(otel)).await;
        let spans = exported.spans();
        assert!(spans.len() >= 6, "{:?}", exported.names());
        for span in spans {
            let everything = span.everything();
            for secret in [KEY, "sk-proj", "hunter2"] {
                assert!(!everything.contains(secret), "content: {content}: {everything}");
            }
        }
        let chat = exported.spans().into_iter().filter(|span| span.name() == "chat");
        let failed = chat.filter_map(|span| span.error().map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(failed, ["bad key [redacted: API key]"], "the rest of the message is kept");
    }
}

#[tokio::test]
async fn the_redaction_can_be_replaced() {
    let exported = Exported::new();
    let redaction = Redaction::builder().field("input.*").content(Content::Full).build();
    let otel = OtelListener::builder(&exported.provider).content(true).redaction(redaction).build();
    let step = lambda(|text: String| text.to_uppercase()).with_name("step");
    step.invoke("a").config(RunConfig::new().listener(otel)).await.unwrap();
    let span = exported.span("invoke_workflow step");
    assert_eq!(span.text("output.value").as_deref(), Some("A"));
}
