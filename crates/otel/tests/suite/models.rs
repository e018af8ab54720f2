//! The spans of models, tools and retrievers.

use std::time::Duration;

use futures::StreamExt;
use opentelemetry::trace::SpanKind;
use runnable_chat::{
    ToolCall,
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_testing::{ScriptedChatModel, ScriptedEmbeddings, ScriptedReply, ScriptedTextModel};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;

use crate::exported::Exported;

/// A chat model that states its provider and its model, and answers with two chunks, each after a
/// second.
#[derive(Debug)]
pub(crate) struct Mistral {
    pub(crate) fails: bool,
}

pub(crate) fn usage() -> Usage {
    Usage::new(100, 20).with_cache_read(60).with_cache_creation(7).with_reasoning(5)
}

impl ChatProvider for Mistral {
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
        let first = AiMessageChunk::new("Hello").with_id("answer-1").with_usage(usage());
        let last = AiMessageChunk::new(" Ada")
            .with_model("mistral-small-2506")
            .with_finish_reason(FinishReason::Stop);
        let last = if self.fails {
            Err(Error::new(ErrorKind::Connection, "the connection was cut"))
        } else {
            Ok(last)
        };
        let chunks = futures::stream::iter([Ok(first), last]).then(|chunk| async move {
            sleep(Duration::from_secs(1)).await;
            chunk
        });
        ChunkStream::new(chunks.boxed())
    }
}

pub(crate) fn mistral() -> ChatModel {
    ChatModel::new(Mistral { fails: false })
}

#[tokio::test(start_paused = true)]
async fn a_streamed_answer_has_the_names_of_both_conventions() {
    let exported = Exported::new();
    mistral().stream("Hi").config(exported.config()).concat().await.unwrap();
    let span = exported.span("chat mistral-small");
    assert_eq!(span.kind(), &SpanKind::Client);
    for (name, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "mistral_ai"),
        ("gen_ai.request.model", "mistral-small"),
        ("gen_ai.response.model", "mistral-small-2506"),
        ("gen_ai.response.id", "answer-1"),
        ("gen_ai.response.finish_reasons", "[\"stop\"]"),
        ("gen_ai.request.stream", "true"),
        ("openinference.span.kind", "LLM"),
        ("llm.model_name", "mistral-small"),
        ("llm.provider", "mistralai"),
        ("llm.finish_reason", "stop"),
        ("runnable.run.kind", "chat_model"),
    ] {
        assert_eq!(span.text(name).as_deref(), Some(value), "{name}");
    }
    for (name, count) in [
        ("gen_ai.usage.input_tokens", 100),
        ("gen_ai.usage.output_tokens", 20),
        ("gen_ai.usage.cache_read.input_tokens", 60),
        ("gen_ai.usage.cache_write.input_tokens", 7),
        ("gen_ai.usage.cache_creation.input_tokens", 7),
        ("gen_ai.usage.reasoning.output_tokens", 5),
        ("llm.token_count.prompt", 100),
        ("llm.token_count.completion", 20),
        ("llm.token_count.total", 120),
        ("llm.token_count.prompt_details.cache_read", 60),
        ("llm.token_count.prompt_details.cache_write", 7),
        ("llm.token_count.completion_details.reasoning", 5),
        ("runnable.run.chunks", 2),
    ] {
        assert_eq!(span.int(name), Some(count), "{name}");
    }
    assert_eq!(span.float("gen_ai.response.time_to_first_chunk"), Some(1.0));
    assert_eq!(span.get("gen_ai.usage.audio.input_tokens"), None, "the count is 0");
}

#[tokio::test(start_paused = true)]
async fn the_options_of_a_request_are_attributes() {
    let exported = Exported::new();
    let model = mistral().temperature(0.7).max_tokens(50).stop(["END"]);
    model.invoke("Hi").config(exported.config()).await.unwrap();
    let span = exported.span("chat mistral-small");
    assert_eq!(span.float("gen_ai.request.temperature"), Some(0.7));
    assert_eq!(span.int("gen_ai.request.max_tokens"), Some(50));
    assert_eq!(span.text("gen_ai.request.stop_sequences").as_deref(), Some("[\"END\"]"));
}

#[tokio::test(start_paused = true)]
async fn an_invoked_model_has_usage_and_no_first_chunk() {
    let exported = Exported::new();
    mistral().invoke("Hi").config(exported.config()).await.unwrap();
    let span = exported.span("chat mistral-small");
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(100));
    assert_eq!(span.text("gen_ai.request.stream").as_deref(), Some("false"));
    assert_eq!(span.get("gen_ai.response.time_to_first_chunk"), None);
    assert_eq!(span.duration(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_failed_or_dropped_answer_has_the_usage_so_far() {
    for streamed in [false, true] {
        let exported = Exported::new();
        let model = ChatModel::new(Mistral { fails: true });
        if streamed {
            model.stream("Hi").config(exported.config()).concat().await.unwrap_err();
        } else {
            model.invoke("Hi").config(exported.config()).await.unwrap_err();
        }
        let span = exported.span("chat mistral-small");
        assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(100), "streamed: {streamed}");
        assert_eq!(span.text("error.type").as_deref(), Some("connection"));
    }
    let exported = Exported::new();
    let mut chunks = mistral().stream("Hi").config(exported.config());
    chunks.next().await.unwrap().unwrap();
    drop(chunks);
    let span = exported.span("chat mistral-small");
    assert_eq!(span.int("llm.token_count.prompt"), Some(100));
    assert_eq!(span.text("error.type").as_deref(), Some("cancelled"));
}

#[tokio::test]
async fn a_text_model_and_an_embedding_model_are_clients() {
    let exported = Exported::new();
    let model = ScriptedTextModel::new([ScriptedReply::complete("a time")]).to_model();
    model.invoke("once upon").config(exported.config()).await.unwrap();
    let span = exported.span("text_completion");
    assert_eq!(span.kind(), &SpanKind::Client);
    assert_eq!(span.text("openinference.span.kind").as_deref(), Some("LLM"));
    assert_eq!(span.text("gen_ai.provider.name").as_deref(), Some("unknown"));

    let vectors = ScriptedEmbeddings::new(3).to_model();
    vectors.invoke(vec!["a".to_owned()]).config(exported.config()).await.unwrap();
    let span = exported.span("embeddings");
    assert_eq!(span.text("runnable.run.name").as_deref(), Some("ScriptedEmbeddings"));
    assert_eq!(span.kind(), &SpanKind::Client);
    assert_eq!(span.text("openinference.span.kind").as_deref(), Some("EMBEDDING"));
}

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[tokio::test]
async fn tools_and_retrievers_have_their_operations() {
    let exported = Exported::new();
    let add = tool("add", "Adds two numbers.", |Add { a, b }, _| async move { Ok(a + b) });
    let call = ToolCall::new("call_1", "add", json!({"a": 1, "b": 2}));
    let answer = AiMessage::new("").with_block(call);
    toolbox([add]).invoke(answer).config(exported.config()).await.unwrap();
    let span = exported.span("execute_tool add");
    assert_eq!(exported.path(&span), "invoke_workflow tools > execute_tool add");
    assert_eq!(span.kind(), &SpanKind::Internal);
    for (name, value) in [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "add"),
        ("gen_ai.tool.type", "function"),
        ("gen_ai.tool.call.id", "call_1"),
        ("openinference.span.kind", "TOOL"),
        ("tool.name", "add"),
    ] {
        assert_eq!(span.text(name).as_deref(), Some(value), "{name}");
    }

    let shelf = retriever("Shelf", |_: String, _| async move { Ok(vec![Document::new("cats")]) });
    shelf.invoke("cats").config(exported.config()).await.unwrap();
    let span = exported.span("retrieval Shelf");
    assert_eq!(span.kind(), &SpanKind::Internal);
    assert_eq!(span.text("openinference.span.kind").as_deref(), Some("RETRIEVER"));
}

#[tokio::test(start_paused = true)]
async fn tags_and_metadata_become_attributes() {
    let exported = Exported::new();
    let config = exported.config().tag("demo").metadata("thread_id", "t-1").metadata("user_id", 7);
    mistral().invoke("Hi").config(config).await.unwrap();
    let span = exported.span("chat mistral-small");
    assert_eq!(span.text("gen_ai.conversation.id").as_deref(), Some("t-1"));
    assert_eq!(span.text("session.id").as_deref(), Some("t-1"));
    assert_eq!(span.text("user.id").as_deref(), Some("7"));
    assert_eq!(span.text("tag.tags").as_deref(), Some("[\"demo\"]"));
    assert_eq!(span.json("metadata")["ls_model_name"], "mistral-small");
}

#[tokio::test]
async fn the_tokens_of_an_answer_from_a_cache_are_not_usage() {
    let exported = Exported::new();
    let chunk = AiMessageChunk::new("ok").with_usage(Usage::new(100, 20).marked_as_cached());
    let script = ScriptedChatModel::new([ScriptedReply::message_chunks([chunk])]);
    script.to_model().invoke("Hi").config(exported.config()).await.unwrap();
    let span = exported.span("chat");
    assert_eq!(span.text("runnable.answer_cache.hit").as_deref(), Some("true"));
    assert_eq!(span.int("runnable.answer_cache.input_tokens"), Some(100));
    assert_eq!(span.int("runnable.answer_cache.output_tokens"), Some(20));
    assert_eq!(span.get("gen_ai.usage.input_tokens"), None);
    assert_eq!(span.get("llm.token_count.total"), None);
}

#[tokio::test]
async fn the_usage_that_a_text_model_reports_is_the_usage_of_its_span() {
    let exported = Exported::new();
    let reply = ScriptedReply::words("a b").usage(Usage::new(7, 2));
    let model = ScriptedTextModel::new([reply]).to_model();
    model.invoke("Hi").config(exported.config()).await.unwrap();
    let span = exported.span("text_completion");
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(7));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(2));
}
