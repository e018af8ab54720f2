//! Chains that produce every kind of span: models, tools, a retriever, errors, retries,
//! cancellation.

use std::time::Duration;

use futures::StreamExt;
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
    tool::ToolDefinition,
};
use runnable_core::combinators::RetryPolicy;
use runnable_testing::{ScriptedEmbeddings, ScriptedReply, ScriptedTextModel};
use serde_json::json;
use tokio::time::sleep;

/// Calls each of the chains with a configuration.
pub(super) async fn run(config: RunConfig) {
    let config = config.metadata("thread_id", "journey").metadata("user_id", "ada").tag("demo");
    answer_a_question(config.clone()).await;
    let call = ToolCall::new("call_1", "ferries", json!({"to": "Texel"}));
    let answer = AiMessage::new("").with_block(call);
    drop(toolbox([ferries()]).invoke(answer).config(config.clone()).await);
    let vectors = ScriptedEmbeddings::new(3).to_model();
    drop(vectors.invoke(vec!["Texel".to_owned()]).config(config.clone()).await);
    let story = ScriptedTextModel::new([ScriptedReply::words("a time")]).to_model();
    drop(story.stream("once upon").config(config.clone()).concat().await);
    fail_and_retry(config.clone()).await;
    // Drop the stream after the first chunk, so that its runs end as cancelled.
    let mut chunks = Oracle::model().with_name("abandoned").stream("Hi").config(config);
    drop(chunks.next().await);
}

/// Finds documents, asks a model, and extracts the text. The answer is streamed.
async fn answer_a_question(config: RunConfig) {
    let shelf = retriever("Shelf", |question: String, _| async move {
        let text = format!("The ferry answers: {question}");
        Ok(vec![Document::new(text).with_id("d-1").with_metadata("score", 0.9)])
    });
    let question = lambda(|documents: Vec<Document>| {
        let known = documents.iter().map(|document| &*document.page_content);
        PromptValue::from(vec![
            system(known.collect::<Vec<_>>().join("\n")),
            human("When does the ferry leave?"),
        ])
    });
    let timetable = async_lambda(|answer: String, cx: RunContext| async move {
        cx.emit("answered", &answer.len());
        Ok(answer)
    });
    let chain = shelf
        .pipe(question.with_name("question"))
        .pipe(Oracle::model())
        .pipe(text())
        .pipe(timetable.with_name("timetable"))
        .with_name("ferry guide");
    drop(chain.stream("timetable").config(config).concat().await);
}

/// A tool that succeeds, and that calls a model itself.
fn ferries() -> Tool {
    let definition = ToolDefinition::new("ferries", "Finds ferries.", json!({"type": "object"}));
    Tool::new(definition, |_, cx: RunContext| async move {
        let answer = Oracle::model().invoke("Which ferry?").config(&cx).await?;
        Ok(json!({ "ferry": answer.text() }))
    })
}

/// A step whose first attempt fails, and a step whose last attempt fails.
async fn fail_and_retry(config: RunConfig) {
    let busy = async_lambda(|text: String, _| async move {
        if text.is_empty() {
            Ok(text)
        } else {
            Err(Error::new(ErrorKind::Unavailable, "the harbour is closed"))
        }
    });
    let policy = RetryPolicy::new().max_attempts(2).initial_backoff(Duration::from_millis(10));
    let chain = busy.with_name("harbour").with_retry(policy);
    drop(chain.invoke("now").config(config).await);
}

/// A chat model that answers without a service.
#[derive(Debug)]
struct Oracle;

impl Oracle {
    fn model() -> ChatModel {
        ChatModel::new(Self)
    }
}

impl ChatProvider for Oracle {
    fn run_name(&self) -> &str {
        "ChatMistralAI"
    }

    fn provider(&self) -> Option<&str> {
        Some("mistralai")
    }

    fn model(&self) -> Option<&str> {
        Some("mistral-small")
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let usage =
            Usage::new(100, 20).with_cache_read(60).with_cache_creation(7).with_reasoning(5);
        let chunks = [
            AiMessageChunk::new("At ").with_id("answer-1"),
            AiMessageChunk::new("noon."),
            AiMessageChunk::new("")
                .with_model("mistral-small-2506")
                .with_usage(usage)
                .with_finish_reason(FinishReason::Stop),
        ];
        let chunks = futures::stream::iter(chunks).then(|chunk| async move {
            sleep(Duration::from_millis(5)).await;
            Ok(chunk)
        });
        ChunkStream::new(chunks.boxed())
    }
}
