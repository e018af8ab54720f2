//! Parts of the chains under test, and assertions about their events.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::{RunId, combinators::RetryPolicy};
use runnable_events::{EventData, EventStream, StreamEvent};
use runnable_testing::EventRecorder;
use serde_json::Value;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Returns the error of a call, if it fails. The arguments are the text, and how many calls with
/// this text there have been, including this one.
type Fails = fn(&str, usize) -> Option<Error>;

/// A model that repeats its question word by word.
///
/// Its answers do not depend on the order of concurrent calls, unlike those of a
/// [`ScriptedChatModel`].
///
/// [`ScriptedChatModel`]: runnable_testing::ScriptedChatModel
#[derive(Clone)]
pub(crate) struct Echo {
    fails: Fails,
    delay: Duration,
    /// The number of calls with each text.
    calls: Arc<Mutex<HashMap<String, usize>>>,
    /// The number of words that all answers have yielded.
    words_sent: Arc<AtomicUsize>,
    /// The number of answers that are in progress.
    active: Arc<AtomicUsize>,
    /// The maximum of `active` so far.
    peak: Arc<AtomicUsize>,
}

impl Echo {
    pub(crate) fn new() -> Self {
        Self::failing(|_, _| None)
    }

    pub(crate) fn failing(fails: Fails) -> Self {
        Self {
            fails,
            delay: Duration::ZERO,
            calls: Arc::default(),
            words_sent: Arc::default(),
            active: Arc::default(),
            peak: Arc::default(),
        }
    }

    /// Sets the delay before each word.
    pub(crate) fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(crate) fn to_model(&self) -> ChatModel {
        ChatModel::new(self.clone())
    }

    /// Returns the number of calls with this text.
    pub(crate) fn calls(&self, text: &str) -> usize {
        self.calls.lock().unwrap().get(text).copied().unwrap_or_default()
    }

    /// Returns the number of words that all answers have yielded.
    pub(crate) fn words_sent(&self) -> usize {
        self.words_sent.load(Ordering::Relaxed)
    }

    /// Returns the maximum number of answers that were in progress at the same time.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    fn answer(&self, text: &str) -> Vec<Result<AiMessageChunk>> {
        let mut calls = self.calls.lock().unwrap();
        let count = calls.entry(text.to_owned()).or_default();
        *count += 1;
        match (self.fails)(text, *count) {
            Some(error) => vec![Err(error)],
            None => text.split_inclusive(' ').map(|word| Ok(AiMessageChunk::new(word))).collect(),
        }
    }
}

/// Counts an answer as active until it is dropped.
struct ActiveAnswer(Arc<AtomicUsize>);

impl Drop for ActiveAnswer {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ChatProvider for Echo {
    fn run_name(&self) -> &str {
        "Echo"
    }

    fn provider(&self) -> Option<&str> {
        Some("mountains")
    }

    fn model(&self) -> Option<&str> {
        Some("echo-1")
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let echo = self.clone();
        let answer = async move {
            let active = echo.active.fetch_add(1, Ordering::Relaxed) + 1;
            echo.peak.fetch_max(active, Ordering::Relaxed);
            let active_answer = ActiveAnswer(Arc::clone(&echo.active));
            let words =
                echo.answer(&request.prompt.messages.last().map(Message::text).unwrap_or_default());
            stream::iter(words).then(move |word| {
                let _active_answer = &active_answer;
                let echo = echo.clone();
                async move {
                    if !echo.delay.is_zero() {
                        tokio::time::sleep(echo.delay).await;
                    }
                    echo.words_sent.fetch_add(1, Ordering::Relaxed);
                    word
                }
            })
        };
        ChunkStream::new(stream::once(answer).flatten())
    }
}

impl fmt::Debug for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Echo").finish_non_exhaustive()
    }
}

/// Returns the values for the prompt `{text}`.
pub(crate) fn prompt_values(text: impl Into<String>) -> Dict {
    dict! { text: text.into() }
}

pub(crate) fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "503")
}

/// Returns a retry policy with three attempts and no delays.
pub(crate) fn without_backoff() -> RetryPolicy {
    RetryPolicy::new().without_backoff()
}

/// A step that converts text to upper case, chunk by chunk.
pub(crate) fn shout() -> impl Runnable<Input = String, Output = String> {
    map_chunks(|text: String| text.to_uppercase())
}

/// Returns a configuration with a recorder, and the recorder.
pub(crate) fn recorded() -> (RunConfig, EventRecorder) {
    let recorder = EventRecorder::new();
    (RunConfig::new().listener(recorder.clone()), recorder)
}

/// Returns the outputs and the error kinds of a batch.
pub(crate) fn outcomes<T>(results: Vec<Result<T>>) -> Vec<Result<T, ErrorKind>> {
    results.into_iter().map(|result| result.map_err(|error| error.kind())).collect()
}

/// Returns all events of a successful call.
pub(crate) async fn all<O: Chunked>(call: EventStream<O>) -> Vec<StreamEvent> {
    call.map(Result::unwrap).collect().await
}

/// Returns the name and the run of each event.
pub(crate) fn lines(events: &[StreamEvent]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event.event_name(), event.run.name)).collect()
}

/// Returns the names of the events of runs with this name, and their data in LangChain's v2 format.
pub(crate) fn data_of(events: &[StreamEvent], name: &str) -> Vec<(String, Value)> {
    let own = events.iter().filter(|event| event.run.name == name);
    own.map(|event| (event.event_name(), event.to_langchain_v2()["data"].clone())).collect()
}

/// Asserts that every run has one start, then its events, then one end, all inside its parent run.
pub(crate) fn assert_each_run_ends_once(events: &[StreamEvent]) {
    let (mut open, mut ended): (Vec<RunId>, Vec<RunId>) = Default::default();
    for event in events {
        let id = event.run.id;
        match &event.data {
            EventData::Start { .. } => {
                assert!(!open.contains(&id) && !ended.contains(&id), "second start: {event:?}");
                let parent = event.run.parent_id();
                let has_parent = parent.is_none_or(|parent| open.contains(&parent));
                assert!(has_parent, "the parent is not running: {event:?}");
                open.push(id);
            }
            _ => assert!(open.contains(&id), "the run is not running: {event:?}"),
        }
        if event.is_terminal() {
            open.retain(|run| *run != id);
            ended.push(id);
            let children = events.iter().filter(|child| child.run.parent_ids.contains(&id));
            let running = children.filter(|child| open.contains(&child.run.id)).count();
            assert_eq!(running, 0, "the run ends before its children: {event:?}");
        }
    }
    assert!(open.is_empty(), "runs without an end: {open:?}");
}
