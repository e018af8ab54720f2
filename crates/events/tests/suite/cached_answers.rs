//! Answers that came from an answer cache, in traces and their views.

use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use runnable_chat::{
    EmbeddingModel,
    embedding::{Embedding, EmbeddingProvider},
    metering::USAGE_REPORT,
    model::{ChatProvider, ChatRequest},
    prelude::*,
    pricing::Prices,
};
use runnable_events::{ConsoleTree, FindingCode, StreamEventsExt, Trace};
use serde_json::Value;

use crate::screen::Screen;

/// A model whose answers come from a cache, except for the answer to `new`.
#[derive(Debug)]
struct Cached;

impl ChatProvider for Cached {
    fn run_name(&self) -> &str {
        "ChatModel"
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let usage = Usage::new(1_000, 200);
        let is_new = request.prompt.text() == "new";
        let usage = if is_new { usage } else { usage.marked_as_cached() };
        let chunk = AiMessageChunk::new("ok").with_provider("openai").with_model("gpt-4o-mini");
        ChunkStream::new(futures::stream::iter([Ok(chunk.with_usage(usage))]))
    }
}

/// A model that reports the usage of its vectors. The vectors of `cached` come from a cache.
#[derive(Debug)]
struct Vectors;

impl EmbeddingProvider for Vectors {
    fn run_name(&self) -> &str {
        "Vectors"
    }

    fn provider(&self) -> Option<&str> {
        Some("openai")
    }

    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        let usage = match &*texts[0] {
            "cached" => Usage::default().marked_as_cached(),
            _ => Usage::new(5, 0),
        };
        cx.emit_report(USAGE_REPORT, &usage);
        ready(Ok(texts.iter().map(|_| vec![1.0]).collect())).boxed()
    }
}

/// Returns the trace of a call, and what the console prints.
async fn traced<R: Runnable>(chain: R, input: R::Input) -> (Trace, String) {
    let (screen, mut trace) = (Screen::default(), Trace::new());
    let config = RunConfig::new().listener(ConsoleTree::new(screen.clone()));
    let mut events = chain.stream_events(input).include_details().config(config);
    while let Some(event) = events.next().await {
        trace.add(&event.unwrap().into());
    }
    (trace, screen.text())
}

fn questions() -> impl Runnable<Input = String, Output = (AiMessage, AiMessage, AiMessage)> {
    let ask = |text: &'static str| {
        lambda(move |_: String| PromptValue::from(text)).pipe(ChatModel::new(Cached))
    };
    parallel((ask("new"), ask("old"), ask("old")))
}

#[tokio::test(start_paused = true)]
async fn the_tokens_of_cached_answers_are_not_spent() {
    let (trace, printed) = traced(questions(), String::new()).await;
    let root = trace.roots().next().unwrap();
    let usage = trace.usage(root);
    assert_eq!((usage.calls, usage.total.billed()), (3, Usage::new(1_000, 200)));
    let cost = trace.cost(root, &Prices::shipped());
    assert_eq!((cost.total.to_string(), cost.unknown), ("$0.00027".to_owned(), 0));

    for tree in [printed, trace.tree().to_string()] {
        assert_eq!(tree.matches("1000 → 200 tokens from the cache").count(), 2, "{tree}");
        assert!(tree.contains("total 1000 → 200 tokens, 2 answers from the cache"), "{tree}");
    }
    let summary = trace.markdown().to_string();
    assert!(summary.contains("1000 → 200 tokens, 2 answers from the cache"), "{summary}");
}

#[tokio::test(start_paused = true)]
async fn the_page_shows_what_a_cache_has_saved() {
    let (trace, _) = traced(questions(), String::new()).await;
    let page = crate::page_data::data_of(&trace.page().to_html());
    let models: Vec<&Value> = page["runs"].as_array().unwrap().iter().collect();
    let usages: Vec<_> = models.iter().filter_map(|run| run.get("usage")).collect();
    let inputs: u64 = usages.iter().filter_map(|usage| usage["input"].as_u64()).sum();
    let saved = usages.iter().filter_map(|usage| usage["from_cache"]["input"].as_u64());
    assert_eq!((usages.len(), inputs, saved.sum::<u64>()), (3, 1_000, 2_000));
}

#[tokio::test(start_paused = true)]
async fn repeated_prompts_that_a_cache_has_answered_are_not_found() {
    let (trace, _) = traced(questions(), String::new()).await;
    let codes: Vec<_> = trace.findings().iter().map(|finding| finding.code).collect();
    assert!(!codes.contains(&FindingCode::RepeatedPrompt), "{codes:?}");
}

#[tokio::test(start_paused = true)]
async fn the_usage_that_a_model_reports_is_its_usage() {
    let vectors = || EmbeddingModel::new(Vectors);
    let (trace, printed) = traced(vectors(), vec!["new".to_owned()]).await;
    assert_eq!(trace.roots().next().unwrap().usage, Some(Usage::new(5, 0)));
    for tree in [printed, trace.tree().to_string()] {
        assert!(tree.contains("5 → 0 tokens"), "{tree}");
    }
    let (trace, printed) = traced(vectors(), vec!["cached".to_owned()]).await;
    let root = trace.roots().next().unwrap();
    assert_eq!(trace.cost(root, &Prices::shipped()).unknown, 0);
    for tree in [printed, trace.tree().to_string()] {
        assert!(tree.contains("   from the cache"), "{tree}");
    }
}
