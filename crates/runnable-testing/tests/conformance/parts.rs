//! What the chains are made of, and how they are judged.

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

/// Whether, and with what, a model fails that is asked this text for so many times, the first
/// included.
type Fails = fn(&str, usize) -> Option<Error>;

/// A model that says its question back, word by word, however many ask at once; a [`ScriptedChatModel`]
/// answers in the order in which it is asked.
///
/// [`ScriptedChatModel`]: runnable_testing::ScriptedChatModel
#[derive(Clone)]
pub(crate) struct Echo {
    fails: Fails,
    delay: Duration,
    asked: Arc<Mutex<HashMap<String, usize>>>,
    said: Arc<AtomicUsize>,
    answering: Arc<AtomicUsize>,
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
            asked: Arc::default(),
            said: Arc::default(),
            answering: Arc::default(),
            peak: Arc::default(),
        }
    }

    /// Waits so long before each word.
    pub(crate) fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(crate) fn to_model(&self) -> ChatModel {
        ChatModel::new(self.clone())
    }

    /// How often it was asked this.
    pub(crate) fn asked(&self, text: &str) -> usize {
        self.asked.lock().unwrap().get(text).copied().unwrap_or_default()
    }

    /// How many words it has said, to whomever.
    pub(crate) fn said(&self) -> usize {
        self.said.load(Ordering::Relaxed)
    }

    /// How many answers it was at work on at once, at most.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    fn answer(&self, text: &str) -> Vec<Result<AiMessageChunk>> {
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry(text.to_owned()).or_default();
        *times += 1;
        match (self.fails)(text, *times) {
            Some(error) => vec![Err(error)],
            None => text.split_inclusive(' ').map(|word| Ok(AiMessageChunk::new(word))).collect(),
        }
    }
}

/// One answer, counted until it is dropped.
struct Answering(Arc<AtomicUsize>);

impl Drop for Answering {
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
            let now = echo.answering.fetch_add(1, Ordering::Relaxed) + 1;
            echo.peak.fetch_max(now, Ordering::Relaxed);
            let answering = Answering(Arc::clone(&echo.answering));
            let words =
                echo.answer(&request.prompt.messages.last().map(Message::text).unwrap_or_default());
            stream::iter(words).then(move |word| {
                let _answering = &answering;
                let echo = echo.clone();
                async move {
                    if !echo.delay.is_zero() {
                        tokio::time::sleep(echo.delay).await;
                    }
                    echo.said.fetch_add(1, Ordering::Relaxed);
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

/// The values for a prompt of `{text}`.
pub(crate) fn about(text: impl Into<String>) -> Dict {
    dict! { text: text.into() }
}

pub(crate) fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "503")
}

/// Three attempts, at once.
pub(crate) fn at_once() -> RetryPolicy {
    RetryPolicy::new().without_backoff()
}

/// Upper case, chunk by chunk.
pub(crate) fn shout() -> impl Runnable<Input = String, Output = String> {
    map_chunks(|text: String| text.to_uppercase())
}

/// A configuration, and what is seen of the calls that have it.
pub(crate) fn recorded() -> (RunConfig, EventRecorder) {
    let recorder = EventRecorder::new();
    (RunConfig::new().listener(recorder.clone()), recorder)
}

/// What became of each item of a batch.
pub(crate) fn outcomes<T>(results: Vec<Result<T>>) -> Vec<Result<T, ErrorKind>> {
    results.into_iter().map(|result| result.map_err(|error| error.kind())).collect()
}

/// All events of a call that goes well.
pub(crate) async fn all<O: Chunked>(call: EventStream<O>) -> Vec<StreamEvent> {
    call.map(Result::unwrap).collect().await
}

/// What happened, and in which run.
pub(crate) fn lines(events: &[StreamEvent]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event.event_name(), event.run.name)).collect()
}

/// What happened in runs of this name, as the v2 view has it: its event and its data.
pub(crate) fn told(events: &[StreamEvent], name: &str) -> Vec<(String, Value)> {
    let own = events.iter().filter(|event| event.run.name == name);
    own.map(|event| (event.event_name(), event.to_langchain_v2()["data"].clone())).collect()
}

/// Every run has one start, then its events, then one end, inside of the run around it.
pub(crate) fn assert_each_run_ends_once(events: &[StreamEvent]) {
    let (mut open, mut ended): (Vec<RunId>, Vec<RunId>) = Default::default();
    for event in events {
        let id = event.run.id;
        match &event.data {
            EventData::Start { .. } => {
                assert!(!open.contains(&id) && !ended.contains(&id), "started twice: {event:?}");
                let parent = event.run.parent_id();
                assert!(parent.is_none_or(|parent| open.contains(&parent)), "alone: {event:?}");
                open.push(id);
            }
            _ => assert!(open.contains(&id), "not open: {event:?}"),
        }
        if event.is_terminal() {
            open.retain(|run| *run != id);
            ended.push(id);
            let below = events.iter().filter(|child| child.run.parent_ids.contains(&id));
            let left = below.filter(|child| open.contains(&child.run.id)).count();
            assert_eq!(left, 0, "ends before those inside it: {event:?}");
        }
    }
    assert!(open.is_empty(), "never ended: {open:?}");
}
