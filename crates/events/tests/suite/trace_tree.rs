//! The tree of a trace, as text.

use std::time::Duration;

use futures::StreamExt;
use proptest::prelude::*;
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
    pricing::Prices,
};
use runnable_core::combinators::RetryPolicy;
use runnable_events::{ConsoleTree, RecordedEvent, StreamEventsExt, Trace};
use serde_json::json;

use crate::{
    event_log::{EventLog, answer},
    golden::assert_golden,
    random_log::{log_of, steps},
    scenes::weather,
    screen::Screen,
};

#[test]
fn the_tree_of_an_unfinished_recording_is_printed() {
    let trace = weather().trace();
    assert_golden("weather_tree.txt", &trace.tree().findings(true).to_string());
    assert_golden("weather_tree_values.txt", &trace.tree().values(true).width(100).to_string());
}

/// A model that answers in two chunks.
#[derive(Debug)]
struct Model;

impl ChatProvider for Model {
    fn run_name(&self) -> &str {
        "ChatModel"
    }

    fn model(&self) -> Option<&str> {
        Some("model-1")
    }

    fn stream(&self, _: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        cx.emit_report("http", &json!({ "status": 429, "duration_ms": 5 }));
        let chunks =
            [AiMessageChunk::new("a "), AiMessageChunk::new("b").with_usage(Usage::new(7, 2))];
        ChunkStream::new(futures::stream::iter(chunks).then(|chunk| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(chunk)
        }))
    }
}

/// Runs a call, and returns what the console prints and the tree of the trace.
async fn both<R: Runnable>(chain: R, input: R::Input) -> (String, String) {
    let screen = Screen::default();
    let tree = ConsoleTree::new(screen.clone()).values(true);
    let mut trace = Trace::new();
    let mut events =
        chain.stream_events(input).include_details().config(RunConfig::new().listener(tree));
    while let Some(event) = events.next().await {
        if let Ok(event) = event {
            trace.add(&RecordedEvent::from(event));
        }
    }
    (screen.text(), trace.tree().values(true).to_string())
}

#[tokio::test(start_paused = true)]
async fn the_tree_of_a_trace_is_the_tree_on_the_console() {
    let chain = prompt("Say {what}").pipe(ChatModel::new(Model)).pipe(text());
    let (console, trace) = both(chain, dict! { what: "it" }).await;
    assert_eq!(console, trace);
    assert!(trace.contains("http 429 in 5.0 ms") && trace.contains("out ai: a b"), "{trace}");

    let fail = async_lambda(|n: u32, cx: RunContext| async move {
        cx.emit("progress", &json!({ "n": n }));
        Result::<u32>::Err(Error::new(ErrorKind::Unavailable, "down"))
    });
    let policy = RetryPolicy::new().max_attempts(3).jitter(Duration::ZERO);
    let chain = fail
        .with_name("fail")
        .with_retry(policy)
        .with_fallback(lambda(|n: u32| n).with_name("other"))
        .pipe(parallel_dict("a", lambda(|n: u32| n + 1)).with("b", lambda(|n: u32| n + 2)));
    let (console, trace) = both(chain, 7).await;
    assert_eq!(console, trace);
    assert!(trace.contains("✓ other") && trace.contains("2 retries"), "{trace}");
}

#[tokio::test]
async fn a_failed_call_has_the_same_tree_in_a_trace() {
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no")).with_name("fail");
    let (console, trace) = both(passthrough().pipe(fail).with_name("chain"), "x".to_owned()).await;
    let without_times = |text: &str| {
        let lines = text.lines().map(|line| {
            line.split_whitespace()
                .filter(|w| !w.contains(char::is_numeric) && *w != "µs" && *w != "ms")
                .collect::<Vec<_>>()
                .join(" ")
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(without_times(&console), without_times(&trace));
    assert_eq!(trace.matches("✗").count(), 2, "{trace}");
}

#[test]
fn a_cost_is_printed_only_if_it_is_known() {
    let trace = weather().trace();
    let tree = trace.tree().prices(&Prices::shipped()).to_string();
    // The model `gpt` has no price.
    assert!(tree.contains("   cost unknown") && !tree.contains('$'), "{tree}");
    let prices = Prices::shipped();
    let text = trace.markdown().prices(&prices).to_string();
    assert!(text.contains("41 → 12 tokens, cost unknown, "), "{text}");

    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("hi"));
    let model = chain.child(0, "chat_model gpt seq:step:1", json!("hi"));
    let mut output = answer("Hello", 1_000_000, 0);
    output["response_metadata"]["model_name"] = "gpt-4o-mini".into();
    model.end(10, output);
    chain.end(11, json!("Hello"));
    let trace = log.trace();
    let tree = trace.tree().prices(&prices).to_string();
    let lines: Vec<_> = tree.lines().collect();
    assert!(lines[1].contains("   $0.1500"), "{tree}");
    assert!(lines[2].contains("   total $0.1500"), "{tree}");
}

#[test]
fn one_run_is_printed_with_the_runs_inside_it() {
    let trace = weather().trace();
    let run = trace.runs().iter().find(|run| &*run.name == "RunnableWithFallbacks").unwrap();
    let tree = trace.tree().run(run).to_string();
    assert!(tree.starts_with("┌ RunnableWithFallbacks\n"), "{tree}");
    assert!(tree.lines().last().unwrap().starts_with("└ ✓ RunnableWithFallbacks"), "{tree}");
    assert!(!tree.contains("umbrella"), "{tree}");
}

proptest! {
    #[test]
    fn each_run_has_one_last_line(steps in steps()) {
        let trace = log_of(&steps).trace();
        let tree = trace.tree().values(true).to_string();
        let ends = tree.lines().filter(|line| {
            let line = line.trim_start_matches(['│', ' ', '└']);
            line.starts_with(['✓', '✗', '⊘', '◌'])
        });
        prop_assert_eq!(ends.count(), trace.runs().len());
        // No control character of a payload reaches the terminal.
        prop_assert!(!tree.contains(|c: char| c.is_control() && c != '\n'), "{:?}", tree);
    }
}
