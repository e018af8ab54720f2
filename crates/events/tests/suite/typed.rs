//! Events as typed values and as JSON for a log.

use futures::{StreamExt, stream};
use runnable_chat::{
    message::BlockChunk,
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_events::{EventData, StreamEvent, StreamEventsExt};
use serde_json::json;

/// Thinks, then answers in two pieces.
#[derive(Debug)]
struct Thinks;

impl ChatProvider for Thinks {
    fn run_name(&self) -> &str {
        "ChatThinks"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let thought = AiMessageChunk::from(BlockChunk::reasoning("hmm"));
        ChunkStream::new(stream::iter([
            Ok(thought),
            Ok(AiMessageChunk::new("Hel")),
            Ok(AiMessageChunk::new("lo").with_usage(Usage::new(1, 2))),
        ]))
    }
}

async fn events_of<R: Runnable>(step: R, input: impl Into<R::Input>) -> Vec<StreamEvent> {
    step.stream_events(input).map(Result::unwrap).collect().await
}

fn of<'a>(events: &'a [StreamEvent], name: &str, event: &str) -> Vec<&'a StreamEvent> {
    events.iter().filter(|it| it.run.name == name && it.event_name().ends_with(event)).collect()
}

#[tokio::test]
async fn an_event_has_the_text_of_an_answer_and_of_a_string() {
    let events = events_of(ChatModel::new(Thinks).pipe(text()), "hi").await;
    let said = |name: &str| -> Vec<_> {
        of(&events, name, "_stream").into_iter().filter_map(|event| event.text()).collect()
    };
    assert_eq!(of(&events, "ChatThinks", "_stream")[0].text(), None, "a thought is not said");
    assert_eq!(said("ChatThinks"), ["Hel", "lo"]);
    assert_eq!(said("RunnableSequence"), ["Hel", "lo"]);
    assert_eq!(of(&events, "ChatThinks", "_end")[0].text(), None, "it has come already");
}

/// The texts of the events of the root.
async fn texts_of<R: Runnable>(step: R, input: impl Into<R::Input>) -> Vec<String> {
    let events = events_of(step, input).await;
    let root = events[0].run.id;
    let events = events.iter().filter(|event| event.run.id == root);
    events.filter_map(|event| event.text().map(Into::into)).collect()
}

#[tokio::test]
async fn the_texts_of_the_events_of_any_step_are_the_text_it_adds() {
    let model = || ChatModel::new(Thinks);
    assert_eq!(texts_of(model().pipe(text()), "hi").await, ["Hel", "lo"]);
    assert_eq!(texts_of(model().with_fallback(model()), "hi").await, ["Hel", "lo"]);
    assert_eq!(texts_of(model().pipe(passthrough()), "hi").await, ["Hel", "lo"]);
    // A value under a name that is taken out keeps its type.
    let named = parallel_dict("answer", model()).pipe(pick("answer"));
    assert_eq!(texts_of(named, "hi").await, ["Hel", "lo"]);
    let named = parallel_dict("answer", model().pipe(text())).pipe(pick("answer"));
    assert_eq!(texts_of(named, "hi").await, ["Hel", "lo"]);
    assert_eq!(texts_of(lambda(|text: String| text), "hi").await, ["hi"]);
    for empty in
        [texts_of(prompt("{a}"), dict! { a: "b" }).await, texts_of(lambda(|n: u64| n), 7u64).await]
    {
        assert!(empty.is_empty(), "{empty:?}");
    }
    let pieces = generator(|_: ChunkStream<String>, _| {
        stream::iter(["\"Hel", "lo\""].map(|text| Ok(AiMessageChunk::new(text))))
    });
    assert!(texts_of(pieces.pipe(json_value()), "").await.is_empty(), "each chunk has all of it");
}

#[tokio::test]
async fn an_event_has_its_chunk_with_its_type() {
    let events = events_of(ChatModel::new(Thinks), "hi").await;
    let chunks = of(&events, "ChatThinks", "_stream");
    let usage = |event: &StreamEvent| event.chunk::<AiMessageChunk>()?.usage();
    assert_eq!(usage(chunks[2]), Some(Usage::new(1, 2)));
    assert!(chunks[2].chunk::<String>().is_none());
    let end = of(&events, "ChatThinks", "_end")[0];
    assert!(end.chunk::<AiMessageChunk>().is_none());
}

#[tokio::test]
async fn a_value_that_comes_complete_is_in_an_event_as_json() {
    let events = events_of(lambda(|n: u64| n + 1), 1u64).await;
    let EventData::Chunk { chunk, .. } = &events[1].data else { panic!() };
    assert_eq!(chunk, 2);
    assert_eq!(events[1].chunk::<u64>(), None);
}

#[tokio::test]
async fn an_event_as_json_has_ids_names_times_and_data() {
    let line = line!() + 1;
    let step = lambda(|text: String| text.to_uppercase());
    let chain = step.pipe(passthrough()).with_name("chain");
    let config = RunConfig::new().tag("t").metadata("user", 7);
    let call = chain.stream_events("hi").config(config);
    let events: Vec<StreamEvent> = call.map(Result::unwrap).collect().await;
    let event = of(&events, "RunnableLambda", "_stream")[0];
    let written = serde_json::to_value(event).unwrap();
    let root = events[0].run.id.to_string();
    let expected = json!({
        "event": "on_chain_stream",
        "run_id": event.run.id.to_string(),
        "parent_ids": [root],
        "name": "RunnableLambda",
        "path": ["chain", "RunnableLambda"],
        "kind": "chain",
        "source": format!("{}:{line}", file!()),
        "batch_index": null,
        "tags": ["seq:step:1", "t"],
        "metadata": { "user": 7 },
        "time": written["time"],
        "started": written["started"],
        "elapsed_ms": written["elapsed_ms"],
        "first_chunk_ms": written["first_chunk_ms"],
        "data": { "chunk": "HI", "text": "HI" },
    });
    assert_eq!(written, expected);
    assert!(written["elapsed_ms"].as_f64().unwrap() >= 0.0);
    let time = written["time"].as_str().unwrap();
    assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
    assert!(written["started"].as_str().unwrap() <= time);
}

#[tokio::test]
async fn each_kind_of_event_as_json_has_the_same_keys_each_time() {
    let fails = async_lambda(|n: u64, cx: RunContext| async move {
        cx.emit("progress", &n);
        Err::<u64, _>(Error::new(ErrorKind::RateLimit, "too many"))
    });
    let items: Vec<_> = fails.with_name("fails").stream_events(1u64).collect().await;
    let data =
        items.iter().flatten().map(|event| serde_json::to_value(event).unwrap()["data"].clone());
    let error = json!({ "kind": "rate_limit", "message": "too many", "path": ["fails"] });
    assert_eq!(
        data.collect::<Vec<_>>(),
        [
            json!({ "input": 1 }),
            json!({ "name": "progress", "data": 1 }),
            json!({ "error": error, "partial": null }),
        ]
    );
    let events = events_of(lambda(|n: u64| n), 1u64).await;
    let written = serde_json::to_value(&events[2]).unwrap();
    assert_eq!(written["data"], json!({ "input": null, "output": 1 }));
}
