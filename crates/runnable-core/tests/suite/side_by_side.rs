//! Parallel steps with streamed input: the order in which they are polled, and the amount of work.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use futures::{FutureExt, StreamExt, executor::block_on, stream};
use runnable_core::prelude::*;
use serde::Serialize;

/// A log of what happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A stream that is pending before each item, and wakes immediately.
fn hesitant<T: Send + 'static>(items: Vec<T>) -> impl futures::Stream<Item = T> + Send {
    stream::iter(items).then(|item| async move {
        let mut yielded = false;
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut yielded, true) {
                return std::task::Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
        item
    })
}

fn values(texts: &[&str]) -> Vec<Result<runnable_core::DictChunk>> {
    texts.iter().map(|text| Ok(args_chunk(text))).collect()
}

fn args_chunk(text: &str) -> runnable_core::DictChunk {
    let chunk = runnable_core::ValueChunk::new(text.to_owned());
    runnable_core::DictChunk::new("text", chunk)
}

fn busy(log: &Log) -> impl Runnable<Input = Dict, Output = usize> + use<> {
    let log = log.clone();
    lambda(move |values: Dict| {
        log.add("busy");
        values.names().count()
    })
}

async fn read<T: Chunked>(log: &Log, mut chunks: ChunkStream<T>) {
    while let Some(chunk) = chunks.next().await {
        log.add(serde_json::to_value(chunk.unwrap()).unwrap().to_string());
    }
}

#[test]
fn assign_yields_its_input_before_a_busy_step_starts() {
    let expected =
        [r#"{"text":"a"}"#, r#"{"text":"b"}"#, r#"{"text":"c"}"#, "busy", r#"{"length":1}"#];
    for hesitates in [false, true] {
        let log = Log::default();
        let input = values(&["a", "b", "c"]);
        let chain = assign("length", busy(&log));
        let output = if hesitates {
            chain.transform(hesitant(input))
        } else {
            chain.transform(stream::iter(input))
        };
        block_on(read::<Dict>(&log, ChunkStream::new(output)));
        assert_eq!(log.lines(), expected, "hesitates: {hesitates}");
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Chunked)]
struct State {
    text: String,
    length: usize,
}

#[test]
fn assign_of_a_field_yields_input_before_a_busy_step() {
    let piece = |text: &str| Ok(StateChunk { text: Some(text.to_owned()), length: Some(0) });
    let log = Log::default();
    let inner = log.clone();
    let busy = lambda(move |state: State| {
        inner.add("busy");
        state.text.len()
    });
    let chain = assign!(State { length: busy });
    let input = vec![piece("a"), piece("b"), piece("c")];
    block_on(read::<State>(&log, ChunkStream::new(chain.transform(hesitant(input)))));
    let expected =
        [r#"{"text":"a"}"#, r#"{"text":"b"}"#, r#"{"text":"c"}"#, "busy", r#"{"length":3}"#];
    assert_eq!(log.lines(), expected);
}

#[test]
fn a_busy_branch_lets_the_chunks_of_others_go_first() {
    for hesitates in [false, true] {
        let log = Log::default();
        let input = values(&["a", "b", "c"]);
        let chain = parallel_dict("length", busy(&log)).with("same", passthrough::<Dict>());
        let output = if hesitates {
            chain.transform(hesitant(input))
        } else {
            chain.transform(stream::iter(input))
        };
        block_on(read::<Dict>(&log, ChunkStream::new(output)));
        let lines = log.lines();
        assert_eq!(lines.iter().position(|line| line == "busy"), Some(3), "{lines:?}");
        assert_eq!(lines.len(), 5);
    }
}

#[test]
fn branches_of_a_tuple_let_chunks_of_others_go_first() {
    let log = Log::default();
    let chain = parallel((busy(&log), passthrough::<Dict>(), busy(&log)));
    let output = chain.transform(hesitant(values(&["a", "b", "c"])));
    block_on(read::<(usize, Dict, usize)>(&log, ChunkStream::new(output)));
    let lines = log.lines();
    assert_eq!(lines.iter().position(|line| line == "busy"), Some(3), "{lines:?}");
}

#[test]
fn a_branch_that_does_not_read_blocks_no_other() {
    let never = generator(|input: ChunkStream<String>, _| {
        // The step keeps its input and never reads it.
        stream::pending::<Result<String>>().map(move |chunk| (&input, chunk).1)
    });
    let length = lambda(|text: String| text.len());
    let mut call = parallel((length, never)).transform(stream::iter([Ok("ab".to_owned())]));
    let chunk = block_on(call.next()).unwrap().unwrap();
    assert_eq!(chunk, (Some(2), None));
}

#[test]
fn branches_that_gather_their_input_start_in_order() {
    let log = Log::default();
    let step = |name: &'static str| {
        let log = log.clone();
        lambda(move |_: String| log.add(name))
    };
    let chain = parallel((step("a"), step("b"), step("c")));
    block_on(chain.transform(stream::iter([Ok("x".to_owned())])).concat()).unwrap();
    assert_eq!(log.lines(), ["a", "b", "c"]);
}

/// Returns how often the input is polled for this many branches.
fn work(branches: usize, chunks: usize) -> u64 {
    let polls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&polls);
    let mut input = Box::pin(hesitant((0..chunks).map(|_| Ok("a".to_owned())).collect()));
    let input = stream::poll_fn(move |cx| {
        counted.fetch_add(1, Ordering::Relaxed);
        input.poll_next_unpin(cx)
    });
    let mut chain = parallel_dict("0", passthrough::<String>());
    for branch in 1..branches {
        chain = chain.with(branch.to_string(), passthrough::<String>());
    }
    let count = block_on(chain.transform(input).count());
    assert_eq!(count, branches * chunks);
    polls.load(Ordering::Relaxed)
}

#[test]
fn the_input_is_polled_only_when_a_branch_polls() {
    let (once, twice) = (work(50, 20), work(100, 20));
    assert!(twice <= once * 2 + 100, "{once} polls, then {twice}");
}

#[test]
fn several_busy_steps_of_an_assign_start_after_its_input() {
    let log = Log::default();
    let chain = assign("a", busy(&log)).with("b", busy(&log)).with("same", passthrough());
    let output = chain.transform(hesitant(values(&["a", "b", "c"])));
    block_on(read::<Dict>(&log, ChunkStream::new(output)));
    let lines = log.lines();
    let first_busy = lines.iter().position(|line| line == "busy").unwrap();
    let kept = lines[..first_busy].iter().filter(|line| line.starts_with(r#"{"text""#)).count();
    assert_eq!(kept, 3, "{lines:?}");
}

#[tokio::test]
async fn a_branch_can_be_read_in_a_task_without_the_others() {
    let (sender, mut lengths) = tokio::sync::mpsc::unbounded_channel();
    let spawns = generator(move |mut input: ChunkStream<String>, _| {
        let sender = sender.clone();
        tokio::spawn(async move {
            let mut length = 0;
            while let Some(Ok(text)) = input.next().await {
                length += text.len();
            }
            sender.send(length).unwrap();
        });
        stream::iter([Ok(0u8)])
    });
    let mut call = parallel((spawns, passthrough()))
        .transform(stream::iter([Ok("ab".to_owned()), Ok("c".to_owned())]));
    let first = call.next().await.unwrap().unwrap();
    assert_eq!(first, (Some(0), None));
    assert_eq!(lengths.recv().await, Some(3), "the call is not polled meanwhile");
    assert_eq!(call.count().await, 2);
}

#[test]
fn nested_assigns_pass_input_on_before_busy_steps() {
    let log = Log::default();
    let chain = assign("a", busy(&log)).pipe(assign("b", busy(&log))).pipe(passthrough());
    let output = chain.transform(hesitant(values(&["x", "y", "z"])));
    block_on(read::<Dict>(&log, ChunkStream::new(output)));
    let expected = [
        r#"{"text":"x"}"#,
        r#"{"text":"y"}"#,
        r#"{"text":"z"}"#,
        "busy",
        r#"{"a":1}"#,
        "busy",
        r#"{"b":2}"#,
    ];
    assert_eq!(log.lines(), expected);
}

#[test]
fn an_assign_inside_a_branch_passes_input_on_before_busy_steps() {
    let log = Log::default();
    let chain = parallel_dict("left", assign("a", busy(&log)))
        .with("right", assign("a", assign("b", busy(&log))))
        .with("same", passthrough());
    let output = chain.transform(hesitant(values(&["x", "y", "z"])));
    block_on(read::<Dict>(&log, ChunkStream::new(output)));
    let lines = log.lines();
    let first_busy = lines.iter().position(|line| line == "busy").unwrap();
    let passed_on = lines[..first_busy].iter().filter(|line| !line.contains(r#""a""#)).count();
    assert_eq!(passed_on, 9, "{lines:?}");
}

#[test]
fn assign_yields_each_chunk_when_its_input_arrives() {
    let (sender, input) = futures::channel::mpsc::unbounded();
    let log = Log::default();
    let mut call = assign("length", busy(&log)).transform(input);
    for text in ["a", "b", "c"] {
        assert!(call.next().now_or_never().is_none());
        sender.unbounded_send(Ok(args_chunk(text))).unwrap();
        let chunk = call.next().now_or_never().flatten().unwrap().unwrap();
        assert_eq!(serde_json::to_value(chunk).unwrap()["text"], text);
    }
    assert!(call.next().now_or_never().is_none());
    assert!(log.lines().is_empty());
    drop(sender);
    assert!(call.next().now_or_never().flatten().is_some());
    assert_eq!(log.lines(), ["busy"]);
}
