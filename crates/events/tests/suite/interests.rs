//! Tests when a model that is called with `invoke` streams for the sake of its listeners.

use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::{Interest, Listener, Run, RunEvent, RunEventData};
use runnable_events::{ConsoleTree, StreamEventsExt};

/// The names of the provider's methods that were called.
#[derive(Debug, Default)]
struct Calls(Mutex<Vec<&'static str>>);

#[derive(Debug)]
struct Model(Arc<Calls>);

impl ChatProvider for Model {
    fn run_name(&self) -> &str {
        "Model"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        self.0.0.lock().unwrap().push("stream");
        ChunkStream::new(stream::iter(["a", "b"].map(|text| Ok(AiMessageChunk::new(text)))))
    }

    fn invoke(&self, _: ChatRequest, _: RunContext) -> BoxFuture<'static, Result<AiMessage>> {
        self.0.0.lock().unwrap().push("invoke");
        async { Ok(AiMessage::new("ab")) }.boxed()
    }
}

/// A listener with a given interest, which counts the chunks and the values that it receives.
#[derive(Clone)]
struct Counter(Option<Interest>, Arc<Mutex<(usize, usize)>>);

impl Counter {
    fn new(interest: Option<Interest>) -> Self {
        Self(interest, Arc::default())
    }

    fn counts(&self) -> (usize, usize) {
        *self.1.lock().unwrap()
    }
}

impl Listener for Counter {
    fn interest(&self, _: &Run) -> Option<Interest> {
        self.0
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let mut counts = self.1.lock().unwrap();
        let (chunks, values) = &mut *counts;
        match &event.data {
            RunEventData::Chunk { .. } => *chunks += 1,
            RunEventData::Start { input, .. } => *values += usize::from(input.is_some()),
            RunEventData::End { output, .. } => *values += usize::from(output.is_some()),
            _ => (),
        }
    }
}

fn model() -> (Arc<Calls>, ChatModel) {
    let calls = Arc::<Calls>::default();
    (Arc::clone(&calls), ChatModel::new(Model(calls)))
}

async fn calls_with(config: RunConfig) -> Vec<&'static str> {
    let (calls, model) = model();
    let answer = model.pipe(text()).invoke("hi").config(config).await.unwrap();
    assert_eq!(answer, "ab");
    std::mem::take(&mut *calls.0.lock().unwrap())
}

#[tokio::test]
async fn a_model_streams_only_if_a_listener_requests_chunks() {
    let listener = |interest| RunConfig::new().listener(Counter::new(interest));
    let (lifecycle, values) = (Interest::lifecycle(), Interest::lifecycle().with_values());
    let chunks = Interest::lifecycle().with_chunks();
    assert_eq!(calls_with(RunConfig::new()).await, ["invoke"]);
    for without in [None, Some(lifecycle), Some(values)] {
        assert_eq!(calls_with(listener(without)).await, ["invoke"], "{without:?}");
    }
    let hooks = RunConfig::new().on_start(|_| ()).on_end(|_| ()).on_error(|_| ());
    assert_eq!(calls_with(hooks.clone()).await, ["invoke"]);
    for with in [Some(chunks), Some(Interest::everything())] {
        assert_eq!(calls_with(listener(with)).await, ["stream"], "{with:?}");
    }
    let console = RunConfig::new().listener(ConsoleTree::new(std::io::sink()));
    assert_eq!(calls_with(console).await, ["stream"], "it prints the time of the first token");
}

#[tokio::test]
async fn each_listener_receives_only_the_events_it_requests() {
    let lifecycle = Counter::new(Some(Interest::lifecycle()));
    let values = Counter::new(Some(Interest::lifecycle().with_values()));
    let everything = Counter::new(Some(Interest::everything()));
    let (_, model) = model();
    for streamed in [false, true] {
        let config = [&lifecycle, &values, &everything]
            .into_iter()
            .fold(RunConfig::new().on_end(|_| ()), |config, counter| {
                config.listener(counter.clone())
            });
        if streamed {
            _ = model.stream("hi").config(config).concat().await.unwrap()
        } else {
            _ = model.invoke("hi").config(config).await.unwrap()
        }
        let calls = 1 + usize::from(streamed);
        assert_eq!(lifecycle.counts(), (0, 0));
        assert_eq!(values.counts(), (0, 2 * calls));
        assert_eq!(everything.counts(), (2 * calls, 2 * calls));
    }
}

#[tokio::test]
async fn a_filter_without_models_does_not_make_them_stream() {
    for (kinds, expected) in [(["parser"], "invoke"), (["chat_model"], "stream")] {
        let (calls, model) = model();
        let calls_model = async_lambda(move |question: String, cx: RunContext| {
            let model = model.clone();
            async move { model.invoke(question).config(&cx).await }
        });
        let events = calls_model.pipe(text()).stream_events("hi").include_kinds(kinds);
        assert!(events.count().await > 1);
        assert_eq!(*calls.0.lock().unwrap(), [expected]);
    }
}
