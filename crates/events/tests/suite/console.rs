//! The tree that `ConsoleTree` prints.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, future, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::combinators::RetryPolicy;
use runnable_events::ConsoleTree;
use serde_json::json;
use tokio::time::sleep;

use crate::screen::Screen;

fn tree() -> (Screen, ConsoleTree) {
    let screen = Screen::default();
    (screen.clone(), ConsoleTree::new(screen))
}

/// A model that yields three words, one per second.
#[derive(Debug)]
struct Slow;

impl ChatProvider for Slow {
    fn run_name(&self) -> &str {
        "ChatSlow"
    }

    fn model(&self) -> Option<&str> {
        Some("snail-1")
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        ChunkStream::new(stream::iter(1..=3u64).then(|n| async move {
            sleep(Duration::from_secs(1)).await;
            Ok(AiMessageChunk::new("word ").with_usage(Usage::new(7, n)))
        }))
    }
}

fn waits(name: &'static str, seconds: u64) -> impl Runnable<Input = String, Output = String> {
    let step = async_lambda(move |text: String, _| async move {
        sleep(Duration::from_secs(seconds)).await;
        Ok(text)
    });
    async_lambda(move |text: String, cx: RunContext| {
        let step = step.clone();
        async move { step.invoke(text).config(RunConfig::from(&cx).run_name(name)).await }
    })
}

#[tokio::test(start_paused = true)]
async fn a_tree_has_times_and_token_counts() {
    let (screen, tree) = tree();
    let chain = prompt("Say {what}").pipe(ChatModel::new(Slow)).pipe(text());
    let call = chain.stream(dict! { what: "words" }).config(RunConfig::new().listener(tree));
    call.concat().await.unwrap();
    let expected = "\
┌ RunnableSequence
│ ✓ ChatPromptTemplate                             0 µs
│ ✓ ChatSlow (snail-1)                           3.00 s   first token  1.00 s   7 → 3 tokens, 1.0/s
│ ✓ StrOutputParser                              2.00 s   first chunk    0 µs
└ ✓ RunnableSequence                             3.00 s   first chunk  1.00 s
";
    assert_eq!(screen.text(), expected);
}

#[tokio::test(start_paused = true)]
async fn each_step_is_printed_as_it_ends() {
    let (screen, tree) = tree();
    let chain = waits("first", 1).pipe(waits("second", 1));
    let mut call = chain.stream("x").config(RunConfig::new().listener(tree));
    assert!(tokio::time::timeout(Duration::from_millis(1500), call.next()).await.is_err());
    let text = screen.text();
    assert!(text.contains("✓ first") && !text.contains("✓ second"), "{text}");
    drop(call);
    let text = screen.text();
    assert!(text.contains("⊘ second") && text.contains("└ ⊘ RunnableSequence"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn parallel_runs_are_printed_one_after_the_other() {
    let (screen, tree) = tree();
    let chain = parallel((waits("a", 3), waits("b", 1)));
    chain.invoke("x").config(RunConfig::new().listener(tree)).await.unwrap();
    let names: Vec<_> =
        screen.text().lines().map(|line| line.chars().take(20).collect::<String>()).collect();
    assert_eq!(
        names,
        [
            "┌ RunnableParallel<0",
            "│ ┌ RunnableLambda",
            "│ │ ✓ a             ",
            "│ └ ✓ RunnableLambda",
            "│ ┌ RunnableLambda",
            "│ │ ✓ b             ",
            "│ └ ✓ RunnableLambda",
            "└ ✓ RunnableParallel",
        ]
    );
}

#[tokio::test]
async fn runs_with_the_same_id_have_separate_lines() {
    let (screen, tree) = tree();
    let id = uuid::Uuid::from_u128(7);
    let child = lambda(|text: String| text).with_name("child");
    let parent = async_lambda(move |text: String, cx: RunContext| {
        let child = child.clone();
        async move { child.invoke(text).config(RunConfig::from(&cx).run_id(id)).await }
    });
    let config = RunConfig::new().run_id(id).listener(tree);
    parent.with_name("parent").invoke("x").config(config).await.unwrap();
    let text = screen.text();
    let lines: Vec<_> = text.lines().map(|line| line.get(..14).unwrap_or(line)).collect();
    assert_eq!(lines, ["┌ parent", "│ ✓ child ", "└ ✓ parent"]);
}

#[tokio::test]
async fn the_message_of_an_error_is_printed_on_one_line() {
    let (screen, tree) = tree();
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no\n\x1b[2Jmore"));
    fail.invoke("x").config(RunConfig::new().listener(tree)).await.unwrap_err();
    let text = screen.text();
    assert!(text.starts_with("✗ RunnableLambda"), "{text}");
    assert!(text.ends_with("no \u{fffd}[2Jmore\n"), "{text}");
}

#[tokio::test]
async fn an_error_message_is_printed_at_its_origin_and_the_root() {
    let (screen, tree) = tree();
    let long = format!("no such thing {}", "very ".repeat(99));
    let fail = try_lambda(move |_: String| Result::<String, _>::Err(long.clone()));
    let inner = parallel_dict("a", fail.with_name("fail")).with_name("inner");
    let chain = passthrough().pipe(inner).with_name("chain");
    chain.invoke("x").config(RunConfig::new().listener(tree)).await.unwrap_err();
    let text = screen.text();
    let failed: Vec<_> = text.lines().filter(|line| line.contains('✗')).collect();
    let [fail, inner, chain] = failed[..] else { panic!("{text}") };
    for line in [fail, chain] {
        assert!(line.contains("no such thing very") && line.ends_with('…'), "{line}");
        assert!(line.chars().count() < 300, "{line}");
    }
    assert!(inner.contains("✗ inner") && !inner.contains("no such"), "{inner}");
}

#[tokio::test]
async fn colours_are_printed_only_if_enabled() {
    let (plain, tree) = tree();
    let chain = passthrough::<String>();
    chain.invoke("x").config(RunConfig::new().listener(tree)).await.unwrap();
    assert!(!plain.text().contains('\x1b'));

    let coloured = Screen::default();
    let tree = ConsoleTree::new(coloured.clone()).colors(true);
    chain.invoke("x").config(RunConfig::new().listener(tree)).await.unwrap();
    assert!(coloured.text().contains("\x1b[32m✓\x1b[0m"));
}

#[tokio::test]
async fn buffered_lines_are_printed_by_flush() {
    let (screen, tree) = tree();
    let tree = tree.buffered();
    let config = RunConfig::new().listener(tree.clone());
    passthrough::<String>().invoke("x").config(config).await.unwrap();
    assert_eq!(screen.text(), "");
    tree.flush();
    assert!(screen.text().starts_with("✓ RunnablePassthrough"));
}

/// A `main` function that returns before it flushes the tree, because its call fails.
async fn program(screen: Screen) -> Result<()> {
    let tree = ConsoleTree::new(screen).buffered();
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no")).with_name("fail");
    fail.invoke("x").config(RunConfig::new().listener(tree.clone())).await?;
    tree.flush();
    Ok(())
}

#[tokio::test]
async fn buffered_lines_are_printed_if_main_returns_an_error() {
    let screen = Screen::default();
    program(screen.clone()).await.unwrap_err();
    assert!(screen.text().starts_with("✗ fail"), "{}", screen.text());
}

/// Returns the notes at the end of the lines of a run.
fn notes(screen: &Screen, name: &str) -> Vec<String> {
    let text = screen.text();
    let lines = text.lines().filter(|line| line.contains(&format!(" {name} ")));
    lines.map(|line| line.rsplit("   ").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_line_has_the_branch_attempt_key_and_batch_index() {
    use std::sync::atomic::{AtomicU32, Ordering};

    let (screen, tree) = tree();
    let failures_left = Arc::new(AtomicU32::new(1));
    let flaky = try_lambda(move |n: u64| match failures_left.swap(0, Ordering::Relaxed) {
        0 => Ok(n),
        _ => Err("not yet"),
    });
    let policy = RetryPolicy::new().without_backoff().when(|_| true);
    let big = lambda(|n: u64| n > 10).with_name("is_big");
    let chain = branch(big.clone(), lambda(|n: u64| n).with_name("big"))
        .else_if(
            lambda(|n: u64| n > 1).with_name("is_medium"),
            flaky.with_name("flaky").with_retry(policy),
        )
        .otherwise(lambda(|_: u64| 0).with_name("small"))
        .pipe(parallel_dict("same", passthrough::<u64>()).with("size", big));
    let config = RunConfig::new().listener(tree).max_concurrency(1);
    let results = chain.batch([5u64, 0]).config(config).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(notes(&screen, "is_medium"), ["condition 2", "condition 2"]);
    // The runs of both attempts, and of the retry step.
    assert_eq!(notes(&screen, "flaky")[1..], ["attempt 2", "branch 2"]);
    assert!(notes(&screen, "flaky")[0].starts_with("not yet"));
    let first = screen.text().lines().find(|line| line.contains("not yet")).map(str::to_owned);
    assert!(first.is_some_and(|line| line.contains("attempt 1")), "{}", screen.text());
    assert_eq!(notes(&screen, "small"), ["default branch"]);
    assert_eq!(notes(&screen, "RunnablePassthrough"), ["as same", "as same"]);
    assert_eq!(notes(&screen, "RunnableSequence"), ["item 0", "item 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_line_has_the_number_of_retries_and_their_delay() {
    let (screen, tree) = tree();
    let down =
        try_lambda(|_: u64| Result::<u64, _>::Err(Error::new(ErrorKind::Unavailable, "down")));
    let policy = RetryPolicy::new().jitter(Duration::ZERO);
    let config = || RunConfig::new().run_name("down").listener(tree.clone());
    down.clone().with_retry(policy.clone()).invoke(1u64).config(config()).await.unwrap_err();
    down.with_retry(policy.max_attempts(2)).invoke(1u64).config(config()).await.unwrap_err();
    let text = screen.text();
    assert!(text.contains("   2 retries after 3.00 s   "), "{text}");
    assert!(text.contains("   1 retry after 1.00 s   "), "{text}");
}

#[tokio::test]
async fn a_line_has_the_source_location_of_a_closure() {
    let (screen, tree) = tree();
    let line = line!() + 1;
    let chain = lambda(|n: u64| n + 1).pipe(inspect(|_: &u64| ())).pipe(lambda(|n: u64| n));
    chain.invoke(1u64).config(RunConfig::new().listener(tree)).await.unwrap();
    let place = format!("{}:{line}", file!());
    assert_eq!(notes(&screen, "RunnableLambda"), [&*place, &*place]);
    assert_eq!(notes(&screen, "RunnablePassthrough"), [&*place]);
}

#[tokio::test]
async fn a_line_has_the_arguments_of_a_tool() {
    let (screen, tree) = tree();
    let note = tool("note", "", |text: serde_json::Value, _| async move { Ok(text) });
    let config = || RunConfig::new().listener(tree.clone());
    note.invoke(json!({ "city": "Oslo\x1b" })).config(config()).await.unwrap();
    note.invoke(json!({ "text": "long ".repeat(99) })).config(config()).await.unwrap();
    let notes = notes(&screen, "note");
    assert_eq!(notes[0], r#"{"city":"Oslo\u001b"}"#);
    assert_eq!((notes[1].chars().count(), notes[1].ends_with('…')), (81, true));
}

#[tokio::test]
async fn a_closed_console_does_not_fail_the_run() {
    struct ClosedOutput;
    impl Write for ClosedOutput {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let config = RunConfig::new().listener(ConsoleTree::new(ClosedOutput));
    assert!(passthrough::<String>().invoke("x").config(config).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_trees_of_a_batch_are_printed_one_after_the_other() {
    let (screen, tree) = tree();
    let chain = waits("step", 1);
    let batch = chain.batch(["a", "b"]).config(RunConfig::new().listener(tree));
    future::join_all([batch]).await;
    let shape: String = screen.text().lines().filter_map(|line| line.chars().next()).collect();
    assert_eq!(shape, "┌│└┌│└");
}
