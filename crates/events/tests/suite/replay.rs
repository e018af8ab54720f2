//! Replay: the outputs of a recording are served again, without a call.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::join_all, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::{
    DynRunnable,
    combinators::{RetryPolicy, Timeouts},
};
use runnable_events::{RecordedEvent, Recorder, Recording, RecordingDiff, Replay, ReplayMismatch};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::in_memory::Memory;

/// A model whose answers contain the number of its calls, so that the answer shows whether a call
/// was made or replayed. Each chunk takes a second.
#[derive(Clone, Debug, Default)]
struct Counting {
    calls: Arc<AtomicUsize>,
    /// The number of the call that fails after one chunk.
    fails_at: Option<usize>,
    waits: bool,
}

impl Counting {
    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl ChatProvider for Counting {
    fn run_name(&self) -> &str {
        "Counting"
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let model = self.clone();
        let words = stream::once(async move {
            let number = model.calls.fetch_add(1, Ordering::SeqCst) + 1;
            let texts =
                [request.prompt.text().to_string(), format!(" #{number}")].map(AiMessageChunk::new);
            let mut items: Vec<Result<_>> = texts.into_iter().map(Ok).collect();
            if model.fails_at == Some(number) {
                let error = Error::new(ErrorKind::RateLimit, "too many requests")
                    .with_retry_after(Duration::from_secs(2))
                    .with_source(std::io::Error::other("429"));
                items[1] = Err(error);
            }
            stream::iter(items).then(move |item| async move {
                if model.waits {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                item
            })
        });
        ChunkStream::new(words.flatten())
    }
}

fn model(counting: &Counting) -> ChatModel {
    ChatModel::new(counting.clone())
}

/// Returns the recording of a call, and its result.
async fn recorded<I, O, R>(chain: &R, input: I) -> (Recording, Result<O>)
where
    R: Runnable<Input = I, Output = O>,
    I: runnable_core::Chunked,
    O: runnable_core::Chunked,
{
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let result = chain.stream(input).config(RunConfig::new().listener(recorder.clone())).concat();
    let result = result.await;
    recorder.finish().unwrap();
    (memory.recording(), result)
}

async fn replayed<I, O, R>(chain: &R, input: I, replay: &Replay) -> Result<O>
where
    R: Runnable<Input = I, Output = O>,
    I: runnable_core::Chunked,
    O: runnable_core::Chunked,
{
    chain.invoke(input).config(replay.config()).await
}

fn lookup(counting: &Counting) -> impl Runnable<Input = String, Output = String> + use<> {
    let calls = Arc::clone(&counting.calls);
    let shelf = retriever("Shelf", move |question: String, _| {
        let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(vec![Document::new(format!("{question} at {number}"))]) }
    });
    shelf.pipe(lambda(|documents: Vec<Document>| documents[0].page_content.clone()))
}

/// A retriever, and then a model in each of two branches.
fn research(
    counting: &Counting,
) -> impl Runnable<Input = String, Output = (String, String)> + use<> {
    let ask = |counting: &Counting| {
        lambda(|text: String| PromptValue::from(text)).pipe(model(counting)).pipe(text())
    };
    lookup(counting).pipe(parallel((ask(counting), ask(counting))))
}

#[tokio::test]
async fn a_replay_returns_the_recorded_output_without_a_call() {
    let counting = Counting::default();
    let chain = research(&counting);
    let (recording, output) = recorded(&chain, "cats".to_owned()).await;
    let output = output.unwrap();
    assert_eq!(counting.calls(), 3);

    let replay = Replay::new(&recording);
    assert_eq!(replayed(&chain, "cats".to_owned(), &replay).await.unwrap(), output);
    assert_eq!(counting.calls(), 3, "no call was made");
    replay.verify().unwrap();
    assert!(replay.unused().is_empty());
}

#[tokio::test]
async fn a_replayed_run_equals_its_recording() {
    let counting = Counting::default();
    let chain = research(&counting);
    let (recording, _) = recorded(&chain, "cats".to_owned()).await;

    let memory = Memory::default();
    let config = Replay::new(&recording).config().listener(Recorder::new(memory.clone()));
    chain.stream("cats".to_owned()).config(config).concat().await.unwrap();

    let diff = RecordingDiff::between(&recording, &memory.recording());
    assert!(diff.is_same(), "{diff}");
    let chunks = |recording: &Recording| {
        let is_chunk = |event: &&RecordedEvent| event.data.event() == "chunk";
        recording
            .events()
            .iter()
            .filter(is_chunk)
            .map(|event| event.data.clone())
            .collect::<Vec<_>>()
    };
    let (mut old, mut new) = (chunks(&recording), chunks(&memory.recording()));
    // The branches run side by side, so their chunks can be in any order.
    old.sort_by_key(|data| serde_json::to_string(data).unwrap());
    new.sort_by_key(|data| serde_json::to_string(data).unwrap());
    assert_eq!(old, new);
}

#[tokio::test(start_paused = true)]
async fn delays_are_replayed_only_on_request() {
    let counting = Counting { waits: true, ..Counting::default() };
    let chain = model(&counting).pipe(text());
    let (recording, _) = recorded(&chain, PromptValue::from("hi")).await;

    let start = Instant::now();
    let mut chunks = chain.stream("hi").config(Replay::new(&recording).config());
    assert_eq!(chunks.next().await.unwrap().unwrap(), "hi");
    assert_eq!(chunks.next().await.unwrap().unwrap(), " #1");
    assert_eq!(start.elapsed(), Duration::ZERO);

    let mut chunks = chain.stream("hi").config(Replay::new(&recording).with_delays().config());
    chunks.next().await.unwrap().unwrap();
    assert_eq!(start.elapsed().as_millis(), 1000);
    chunks.next().await.unwrap().unwrap();
    assert_eq!(start.elapsed().as_millis(), 2000);
    assert!(chunks.next().await.is_none());

    let start = Instant::now();
    let replay = Replay::new(&recording).with_delays();
    assert_eq!(replayed(&chain, PromptValue::from("hi"), &replay).await.unwrap(), "hi #1");
    assert_eq!(start.elapsed().as_millis(), 2000, "an invoked model takes as long");
}

#[tokio::test]
async fn a_changed_input_is_an_error_that_shows_the_difference() {
    let counting = Counting::default();
    let prompt_of = |text: &str| prompt(format!("Be brief.\n{text} {{topic}}\nThank you."));
    let chain = |text: &str| prompt_of(text).pipe(model(&counting)).pipe(text_of());
    fn text_of() -> impl Runnable<Input = AiMessage, Output = String> {
        text()
    }
    let (recording, _) = recorded(&chain("Tell me about"), dict! { topic: "cats" }).await;

    let replay = Replay::new(&recording);
    let changed = chain("Joke about");
    let error = replayed(&changed, dict! { topic: "cats" }, &replay).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplayMismatch);
    let mismatch = error.downcast_ref::<ReplayMismatch>().unwrap();
    assert_eq!(mismatch.path().collect::<Vec<_>>(), ["RunnableSequence", "Counting"]);
    let lines = mismatch.input_difference().unwrap().lines();
    let changed: Vec<_> = lines.iter().filter(|line| !line.starts_with("  ")).collect();
    assert_eq!(
        changed,
        ["- messages[0].content: Tell me about cats", "+ messages[0].content: Joke about cats"]
    );
    assert!(error.to_string().contains("+ messages[0].content: Joke about cats"));
    assert_eq!(counting.calls(), 1, "no call was made");
    assert_eq!(replay.mismatches().len(), 1);
    assert_eq!(replay.verify().unwrap_err().kind(), ErrorKind::ReplayMismatch);
}

#[tokio::test]
async fn neither_a_retry_nor_a_fallback_nor_a_toolbox_hides_a_mismatch() {
    let counting = Counting::default();
    let policy = RetryPolicy::new().without_backoff().when(|_| true);
    let chain = model(&counting).with_retry(policy).with_fallback(model(&counting));
    let (recording, _) = recorded(&chain, PromptValue::from("a")).await;
    let replay = Replay::new(&recording);
    let error = replayed(&chain, PromptValue::from("b"), &replay).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplayMismatch);
    assert_eq!(replay.mismatches().len(), 1);

    let add = Tool::new(add_definition(), |args, _| async move { Ok(args) });
    let tools = toolbox([add]);
    let (recording, results) = recorded(&tools, calling(json!({"a": 1}))).await;
    assert_eq!(results.unwrap().len(), 1);
    let replay = Replay::new(&recording);
    let error = replayed(&tools, calling(json!({"a": 2})), &replay).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplayMismatch);
}

fn add_definition() -> runnable_chat::tool::ToolDefinition {
    runnable_chat::tool::ToolDefinition::new("add", "Adds.", json!({"type": "object"}))
}

fn calling(args: serde_json::Value) -> AiMessage {
    let answer = json!({"type": "ai", "content": "", "tool_calls": [
        {"type": "tool_call", "id": "call_1", "name": "add", "args": args}]});
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn a_tool_is_not_called_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let add = Tool::new(add_definition(), move |_, _| {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        async move { Ok(json!(number)) }
    });
    let tools = toolbox([add]);
    let (recording, first) = recorded(&tools, calling(json!({"a": 1}))).await;
    let replay = Replay::new(&recording);
    let second = replayed(&tools, calling(json!({"a": 1})), &replay).await;
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    replay.verify().unwrap();
}

#[tokio::test]
async fn a_typed_tool_that_is_a_step_is_never_called_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let next = move |_: Value, _| {
        let number = counted.fetch_add(1, Ordering::SeqCst) as u64;
        async move { Ok(number) }
    };
    let next = typed_tool("next", "Returns the next number.", next);
    let (recording, first) = recorded(&next, json!({})).await;
    assert_eq!(first.unwrap(), 0);

    let refused = replayed(&next, json!({}), &Replay::new(&recording)).await.unwrap_err();
    assert!(refused.message().contains("add `.replayable()`"), "{refused}");

    let replay = Replay::new(&recording);
    assert_eq!(replayed(&next.replayable(), json!({}), &replay).await.unwrap(), 0);
    replay.verify().unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_unknown_tool_is_refused_again() {
    let tools = toolbox([]);
    let (recording, first) = recorded(&tools, calling(json!({"a": 1}))).await;
    let replay = Replay::new(&recording);
    let second = replayed(&tools, calling(json!({"a": 1})), &replay).await;
    assert_eq!(first.unwrap(), second.unwrap());
    replay.verify().unwrap();
}

#[tokio::test]
async fn an_error_has_its_kind_and_comes_after_the_same_chunks() {
    let counting = Counting { fails_at: Some(1), ..Counting::default() };
    let chain = model(&counting).pipe(text());
    let (recording, _) = recorded(&chain, PromptValue::from("hi")).await;

    let mut chunks = chain.stream("hi").config(Replay::new(&recording).config());
    assert_eq!(chunks.next().await.unwrap().unwrap(), "hi");
    let error = chunks.next().await.unwrap().unwrap_err();
    assert!(chunks.next().await.is_none());
    assert_eq!((error.kind(), error.message()), (ErrorKind::RateLimit, "too many requests".into()));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
    assert!(error.is_transient());
    assert_eq!(error.path().collect::<Vec<_>>(), ["RunnableSequence", "Counting"]);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "429");
    assert_eq!(counting.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_of_a_retry_gets_its_own_answer() {
    let counting = Counting { fails_at: Some(1), ..Counting::default() };
    let chain = model(&counting).with_retry(RetryPolicy::new()).pipe(text());
    let memory = Memory::default();
    let config = RunConfig::new().listener(Recorder::new(memory.clone()));
    let output = chain.invoke("hi").config(config).await.unwrap();
    assert_eq!((&*output, counting.calls()), ("hi #2", 2));

    let replay = Replay::new(&memory.recording());
    assert_eq!(replayed(&chain, PromptValue::from("hi"), &replay).await.unwrap(), "hi #2");
    assert_eq!(counting.calls(), 2);
    replay.verify().unwrap();
}

#[tokio::test]
async fn concurrent_calls_with_equal_paths_get_the_answers_for_their_inputs() {
    let counting = Counting::default();
    let ask = model(&counting).pipe(text());
    // The calls have no positions that distinguish them, and run in reverse order the second time.
    let order = Arc::new(Mutex::new(vec![0, 1, 2, 3]));
    let chosen = Arc::clone(&order);
    let chain = async_lambda(move |_: String, cx: RunContext| {
        let (ask, order) = (ask.clone(), chosen.lock().unwrap().clone());
        async move {
            let calls = order.iter().map(|number| {
                let call = ask.invoke(format!("question {}", number / 2)).config(&cx);
                call.into_future()
            });
            let answers: Vec<_> = join_all(calls).await.into_iter().collect::<Result<_>>()?;
            Ok(answers)
        }
    });
    let (recording, first) = recorded(&chain, String::new()).await;
    let first = first.unwrap();
    assert_eq!(first, ["question 0 #1", "question 0 #2", "question 1 #3", "question 1 #4"]);

    order.lock().unwrap().reverse();
    let replay = Replay::new(&recording);
    let second = replayed(&chain, String::new(), &replay).await.unwrap();
    // Equal calls get the answers in the recorded order.
    assert_eq!(second, ["question 1 #3", "question 1 #4", "question 0 #1", "question 0 #2"]);
    replay.verify().unwrap();
}

#[tokio::test]
async fn the_items_of_a_batch_get_their_own_answers() {
    let counting = Counting::default();
    let chain = model(&counting).pipe(text()).each();
    let same = || vec![PromptValue::from("same"); 3];
    let (recording, first) = recorded(&chain, same()).await;
    let replay = Replay::new(&recording);
    assert_eq!(replayed(&chain, same(), &replay).await.unwrap(), first.unwrap());

    // A single item of a recorded batch can be replayed alone.
    let one = model(&counting).pipe(text());
    let memory = Memory::default();
    let recorder = RunConfig::new().listener(Recorder::new(memory.clone()));
    let batch = one.batch(["a", "b"]).config(recorder).await;
    let replay = Replay::new(&memory.recording());
    let alone = replayed(&one, PromptValue::from("b"), &replay).await.unwrap();
    assert_eq!(&alone, batch[1].as_ref().unwrap());
    assert_eq!(replay.unused(), ["RunnableSequence > Counting"]);
    let error = replay.verify().unwrap_err();
    assert!(error.message().starts_with("1 recorded call was not made"), "{error}");
}

/// Three named steps, each of which asks the model.
fn three_steps(counting: &Counting) -> DynRunnable<String, String> {
    let step = |name: &'static str, counting: &Counting| {
        let ask = lambda(|text: String| PromptValue::from(text)).pipe(model(counting)).pipe(text());
        ask.with_name(name)
    };
    let draft = step("draft", counting).pipe(step("review", counting));
    draft.pipe(step("publish", counting)).into_dyn()
}

#[tokio::test]
async fn live_from_a_step_serves_the_calls_before_it() {
    let counting = Counting::default();
    let chain = three_steps(&counting);
    let (recording, output) = recorded(&chain, "a".to_owned()).await;
    assert_eq!(output.unwrap(), "a #1 #2 #3");

    for (step, expected) in [
        ("review", "a #1 #4 #5"),
        ("RunnableSequence > publish", "a #1 #2 #6"),
        ("draft", "a #7 #8 #9"),
    ] {
        let replay = Replay::new(&recording).live_from(step).unwrap();
        assert_eq!(replayed(&chain, "a".to_owned(), &replay).await.unwrap(), expected);
        replay.verify().unwrap();
    }

    let replay = Replay::new(&recording).live_from("publish").unwrap();
    let error = replayed(&chain, "b".to_owned(), &replay).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplayMismatch, "the steps before it are strict");
    assert_eq!(counting.calls(), 9);

    let error = Replay::new(&recording).live_from("pulbish").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("`publish`"), "{error}");
}

#[tokio::test]
async fn calls_that_the_recording_does_not_contain_are_made_on_request() {
    let counting = Counting::default();
    let chain = three_steps(&counting);
    let (recording, _) = recorded(&chain, "a".to_owned()).await;
    let replay = Replay::new(&recording).live_if_unknown();
    assert_eq!(replayed(&chain, "b".to_owned(), &replay).await.unwrap(), "b #4 #5 #6");
    assert!(replay.mismatches().is_empty());
}

#[tokio::test]
async fn only_the_chosen_kinds_are_served() {
    let counting = Counting::default();
    let chain = research(&counting);
    let (recording, _) = recorded(&chain, "cats".to_owned()).await;
    let replay = Replay::new(&recording).only_kinds(["retriever"]);
    let (first, second) = replayed(&chain, "cats".to_owned(), &replay).await.unwrap();
    assert_eq!((&*first, &*second), ("cats at 1 #4", "cats at 1 #5"));
}

#[tokio::test]
async fn parts_of_the_input_can_be_ignored() {
    let counting = Counting::default();
    let chain = prompt("On day {day}: {topic}").pipe(model(&counting)).pipe(text());
    let (recording, first) = recorded(&chain, dict! { day: 1, topic: "cats" }).await;
    let replay = Replay::new(&recording).compare_inputs(|input| {
        if let Some(text) = input.pointer_mut("/messages/0/content") {
            *text = text.as_str().unwrap_or_default().replace(char::is_numeric, "").into();
        }
    });
    let second = replayed(&chain, dict! { day: 2, topic: "cats" }, &replay).await;
    assert_eq!(second.unwrap(), first.unwrap());
}

#[tokio::test]
async fn a_call_that_was_not_recorded_is_an_error() {
    let counting = Counting::default();
    let ask = model(&counting).pipe(text());
    let (recording, _) = recorded(&ask, PromptValue::from("a")).await;
    let twice = async_lambda(move |times: u64, cx: RunContext| {
        let ask = ask.clone();
        async move {
            for _ in 0..times {
                ask.invoke("a").config(&cx).await?;
            }
            Ok(times)
        }
    });
    let replay = Replay::new(&recording);
    let error = replayed(&twice, 1, &replay).await.unwrap_err();
    let expected = "the recording has no call at this position";
    assert!(error.message().contains(expected), "{error}");
    let (recording, _) = recorded(&twice, 1).await;
    let error = replayed(&twice, 2, &Replay::new(&recording)).await.unwrap_err();
    assert!(error.message().contains("no further call at this position (served 1)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_cancelled_is_cancelled_again_by_the_same_cause() {
    let counting = Counting { waits: true, ..Counting::default() };
    let limit = Timeouts::new().total(Duration::from_millis(1500));
    let chain = model(&counting).pipe(text());
    let slow = chain.clone().with_timeouts(limit);
    let (recording, result) = recorded(&slow, PromptValue::from("hi")).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout);

    let mut chunks = slow.stream("hi").config(Replay::new(&recording).config());
    assert_eq!(chunks.next().await.unwrap().unwrap(), "hi");
    assert_eq!(chunks.next().await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);

    // Without the limit, the call fails and does not wait forever.
    let replay = Replay::new(&recording);
    let error = replayed(&chain, PromptValue::from("hi"), &replay).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplayMismatch);
    assert_eq!(counting.calls(), 1);
}

#[tokio::test]
async fn a_truncated_recording_answers_the_calls_that_it_contains() {
    let counting = Counting::default();
    let chain = three_steps(&counting);
    let (recording, _) = recorded(&chain, "a".to_owned()).await;
    let ends = |event: &RecordedEvent| event.kind == "chat_model" && event.is_terminal();
    let second_end =
        recording.events().iter().enumerate().filter(|(_, event)| ends(event)).nth(1).unwrap().0;
    let cut: Recording = recording.events()[..second_end].iter().cloned().collect();

    let error = replayed(&chain, "a".to_owned(), &Replay::new(&cut)).await.unwrap_err();
    assert!(error.message().contains("no output of this call"), "{error}");
    let replay = Replay::new(&cut).live_if_unknown();
    assert_eq!(replayed(&chain, "a".to_owned(), &replay).await.unwrap(), "a #1 #4 #5");
}

#[tokio::test]
async fn a_call_without_a_replay_is_made() {
    let counting = Counting::default();
    let output = model(&counting).pipe(text()).invoke("a").into_future().now_or_never().unwrap();
    assert_eq!((output.unwrap().as_str(), counting.calls()), ("a #1", 1));
}
