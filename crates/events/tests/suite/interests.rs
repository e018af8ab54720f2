//! When a model that is invoked streams for its listeners, and when it does not.

use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::{Interest, Listener, Run, RunEvent, RunEventData};
use runnable_events::{ConsoleTree, StreamEventsExt};

/// Writes down how it was asked.
#[derive(Debug, Default)]
struct Asked(Mutex<Vec<&'static str>>);

#[derive(Debug)]
struct Model(Arc<Asked>);

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

/// Counts the chunks and the values that it gets.
#[derive(Clone)]
struct Wants(Option<Interest>, Arc<Mutex<(usize, usize)>>);

impl Wants {
    fn new(interest: Option<Interest>) -> Self {
        Self(interest, Arc::default())
    }

    fn got(&self) -> (usize, usize) {
        *self.1.lock().unwrap()
    }
}

impl Listener for Wants {
    fn interest(&self, _: &Run) -> Option<Interest> {
        self.0
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let mut got = self.1.lock().unwrap();
        match &event.data {
            RunEventData::Chunk { .. } => got.0 += 1,
            RunEventData::Start { input, .. } => got.1 += usize::from(input.is_some()),
            RunEventData::End { output, .. } => got.1 += usize::from(output.is_some()),
            _ => (),
        }
    }
}

fn model() -> (Arc<Asked>, ChatModel) {
    let asked = Arc::<Asked>::default();
    (Arc::clone(&asked), ChatModel::new(Model(asked)))
}

async fn asked_with(config: RunConfig) -> Vec<&'static str> {
    let (asked, model) = model();
    let answer = model.pipe(text()).invoke("hi").config(config).await.unwrap();
    assert_eq!(answer, "ab");
    std::mem::take(&mut *asked.0.lock().unwrap())
}

#[tokio::test]
async fn a_model_streams_only_if_a_listener_wants_its_chunks() {
    let listener = |interest| RunConfig::new().listener(Wants::new(interest));
    let (lifecycle, values) = (Interest::lifecycle(), Interest::lifecycle().with_values());
    let chunks = Interest::lifecycle().with_chunks();
    assert_eq!(asked_with(RunConfig::new()).await, ["invoke"]);
    for without in [None, Some(lifecycle), Some(values)] {
        assert_eq!(asked_with(listener(without)).await, ["invoke"], "{without:?}");
    }
    let hooks = RunConfig::new().on_start(|_| ()).on_end(|_| ()).on_error(|_| ());
    assert_eq!(asked_with(hooks.clone()).await, ["invoke"]);
    for with in [Some(chunks), Some(Interest::everything())] {
        assert_eq!(asked_with(listener(with)).await, ["stream"], "{with:?}");
    }
    let console = RunConfig::new().listener(ConsoleTree::new(std::io::sink()));
    assert_eq!(asked_with(console).await, ["stream"], "it shows when the first token came");
}

#[tokio::test]
async fn listeners_side_by_side_get_what_each_wants() {
    let lifecycle = Wants::new(Some(Interest::lifecycle()));
    let values = Wants::new(Some(Interest::lifecycle().with_values()));
    let everything = Wants::new(Some(Interest::everything()));
    let (_, model) = model();
    for streamed in [false, true] {
        let config = [&lifecycle, &values, &everything]
            .into_iter()
            .fold(RunConfig::new().on_end(|_| ()), |config, it| config.listener(it.clone()));
        match streamed {
            true => _ = model.stream("hi").config(config).concat().await.unwrap(),
            false => _ = model.invoke("hi").config(config).await.unwrap(),
        }
        let times = 1 + usize::from(streamed);
        assert_eq!(lifecycle.got(), (0, 0));
        assert_eq!(values.got(), (0, 2 * times));
        assert_eq!(everything.got(), (2 * times, 2 * times));
    }
}

#[tokio::test]
async fn a_filter_that_shows_no_model_lets_it_be_invoked() {
    for (kinds, expected) in [(["parser"], "invoke"), (["chat_model"], "stream")] {
        let (asked, model) = model();
        let called = async_lambda(move |question: String, cx: RunContext| {
            let model = model.clone();
            async move { model.invoke(question).config(&cx).await }
        });
        let events = called.pipe(text()).stream_events("hi").include_kinds(kinds);
        assert!(events.count().await > 1);
        assert_eq!(*asked.0.lock().unwrap(), [expected]);
    }
}
