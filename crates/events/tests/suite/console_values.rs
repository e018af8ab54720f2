//! The tree that `ConsoleTree` prints with values, and what it draws on a terminal.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use futures::future;
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::{WaitReason, combinators::RetryPolicy};
use runnable_events::ConsoleTree;
use serde_json::json;

use crate::screen::Screen;

/// A model that answers with the last message of the prompt, and reports an HTTP exchange.
#[derive(Debug)]
struct Echo;

impl ChatProvider for Echo {
    fn run_name(&self) -> &str {
        "ChatEcho"
    }

    fn model(&self) -> Option<&str> {
        Some("echo-1")
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        cx.emit_report("http", &json!({
            "attempt": 1, "method": "POST", "status": 200, "duration_ms": 250, "request_id": "r1",
        }));
        let question = request.prompt.messages.last().map(|last| last.text().into_owned());
        let mut answer = AiMessage::new(question.unwrap_or_default());
        answer.usage = Some(Usage::new(7, 3));
        ChunkStream::once(answer)
    }
}

/// Prints a call, and returns the lines without the times.
async fn lines_of<R>(chain: R, input: R::Input, tree: impl Fn(ConsoleTree) -> ConsoleTree) -> String
where
    R: Runnable,
{
    let screen = Screen::default();
    let tree = tree(ConsoleTree::new(screen.clone()).values(true));
    let _ = chain.invoke(input).config(RunConfig::new().listener(tree)).await;
    screen.text()
}

#[tokio::test(start_paused = true)]
async fn values_are_printed_below_their_runs() {
    let chain = prompt((system("Be terse."), human_template("Say {what}")))
        .pipe(ChatModel::new(Echo))
        .pipe(text());
    let lines = lines_of(chain, dict! { what: "two\nwords" }, |tree| tree).await;
    let expected = "\
┌ RunnableSequence
│ in  {\"what\":\"two\\nwords\"}
│ ✓ ChatPromptTemplate                             0 µs
│   out (2 messages) human: Say two words
│ ✓ ChatEcho (echo-1)                              0 µs   first token    0 µs   7 → 3 tokens
│   http POST 200 in 250 ms, request r1
│   out ai: Say two words
│ ✓ StrOutputParser                                0 µs
│   out \"Say two\\nwords\"
└ ✓ RunnableSequence                               0 µs
";
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn a_value_is_cut_to_the_width() {
    let chain = lambda(|text: String| text + "b").with_name("step").pipe(passthrough());
    let input = "a".repeat(200);
    let lines = lines_of(chain, input, |tree| tree.width(40)).await;
    let values: Vec<_> = lines.lines().filter(|line| line.ends_with('…')).collect();
    assert_eq!(values.len(), 2, "{lines}");
    for line in values {
        assert_eq!(line.chars().count(), 40, "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_waits_and_custom_events_are_printed() {
    let step = async_lambda(|attempt: u32, cx: RunContext| async move {
        cx.emit("progress", &json!({ "done": attempt }));
        cx.emit_wait(WaitReason::RATE_LIMIT, Duration::from_millis(1500));
        Result::<u32>::Err(Error::new(ErrorKind::Unavailable, "no\x1b[2J answer"))
    });
    let policy = RetryPolicy::new().max_attempts(2).jitter(Duration::ZERO);
    let lines = lines_of(step.with_name("step").with_retry(policy), 7, |tree| tree).await;
    let expected = "\
┌ step
│ in  7
│ ✗ step                                           0 µs   attempt 1   no\u{fffd}[2J answer
│   • progress {\"done\":7}
│   waited 1.50 s for rate limit
│ ↻ attempt 1 failed, retry after 1.00 s: no\u{fffd}[2J answer
│ ✗ step                                           0 µs   attempt 2   no\u{fffd}[2J answer
│   • progress {\"done\":7}
│   waited 1.50 s for rate limit
└ ✗ step                                         1.00 s   1 retry after 1.00 s   no\u{fffd}[2J answer
";
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn findings_are_printed_below_the_tree() {
    let down =
        try_lambda(|_: u32| Result::<u32, _>::Err(Error::new(ErrorKind::Unavailable, "down")));
    let policy = RetryPolicy::new().max_attempts(3).jitter(Duration::ZERO);
    let chain = down.with_name("step").with_retry(policy);
    let lines = lines_of(chain.clone(), 7, |tree| tree.values(false).findings(true)).await;
    let (tree, findings) = lines.split_once("\n!").unwrap_or_else(|| panic!("{lines}"));
    assert!(tree.lines().last().unwrap().starts_with("└ ✗ step"), "{lines}");
    assert!(findings.contains("`step`") && findings.contains("\n  → "), "{lines}");
    let without = lines_of(chain, 7, |tree| tree.values(false)).await;
    assert_eq!(without.trim_end(), tree);
}

#[tokio::test]
async fn a_fallback_is_printed() {
    let step = async_lambda(|n: u32, cx: RunContext| async move {
        cx.emit_fallback(1, &Error::new(ErrorKind::Unavailable, "down"));
        Ok(n)
    });
    let lines = lines_of(step.with_name("step"), 7, |tree| tree).await;
    let lines: Vec<_> = lines.lines().collect();
    assert!(lines[0].ends_with("   fallback 1"), "{lines:?}");
    assert_eq!(lines[1..], ["  in  7", "  ↪ fallback 1 because of: down"]);
}

#[tokio::test]
async fn a_tool_has_its_arguments_as_input() {
    let add = tool("add", "Adds.", |args: serde_json::Value, _| async move { Ok(args) });
    let lines = lines_of(add, json!({ "a": 1 }), |tree| tree).await;
    let lines: Vec<_> = lines.lines().skip(1).collect();
    assert_eq!(lines, [r#"  in  {"a":1}"#]);
}

#[tokio::test(start_paused = true)]
async fn the_tokens_of_several_models_are_added() {
    let model = || prompt("Say {what}").pipe(ChatModel::new(Echo));
    let chain = parallel((model(), model())).with_name("both");
    let screen = Screen::default();
    let config = RunConfig::new().listener(ConsoleTree::new(screen.clone()));
    chain.invoke(dict! { what: "it" }).config(config).await.unwrap();
    let text = screen.text();
    let totals: Vec<_> = text.lines().filter(|line| line.contains("total")).collect();
    assert_eq!(totals.len(), 1, "{text}");
    assert!(totals[0].contains("✓ both") && totals[0].contains("total 14 → 6 tokens"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_cause_of_a_cancellation_is_printed() {
    let slow = async_lambda(|n: u32, _| async move {
        future::pending::<()>().await;
        Ok(n)
    });
    let chain = slow.with_name("slow").with_timeout(Duration::from_secs(1));
    let lines = lines_of(chain, 7, |tree| tree.values(false)).await;
    assert!(lines.contains("⊘ slow"), "{lines}");
}

/// A terminal that sends the printed text through a channel.
struct Sender(mpsc::Sender<String>);

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn open_runs_are_drawn_while_a_step_blocks() {
    let (sender, printed) = mpsc::channel();
    let tree = ConsoleTree::new(Sender(sender)).live(true);
    let printed = Arc::new(Mutex::new(printed));
    let block = lambda(move |_: String| {
        // The step blocks until the thread has drawn it twice.
        let next = || printed.lock().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
        vec![next(), next()]
    });
    let config = RunConfig::new().listener(tree.clone());
    let call = block.with_name("block").invoke("x").config(config);
    let drawings = futures::executor::block_on(call).unwrap();
    let [first, second] = &drawings[..] else { panic!("{drawings:?}") };
    assert!(first.contains("◌ block"), "{first:?}");
    assert!(second.starts_with("\x1b[J") && second.contains("◌ block"), "{second:?}");
}

#[tokio::test]
async fn open_runs_are_not_drawn_in_a_buffered_tree() {
    let screen = Screen::default();
    let tree = ConsoleTree::new(screen.clone()).live(true).buffered();
    let config = RunConfig::new().listener(tree.clone());
    passthrough::<String>().invoke("x").config(config).await.unwrap();
    tree.flush();
    assert!(!screen.text().contains('\x1b'), "{:?}", screen.text());
}
