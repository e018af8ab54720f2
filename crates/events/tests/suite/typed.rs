//! The typed chunks, the text and the JSON of events.

use futures::{StreamExt, stream};
use runnable_chat::{
    message::BlockChunk,
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_events::{EventData, StreamEvent, StreamEventsExt};
use serde_json::json;

/// A model that yields reasoning, and then an answer in two chunks.
#[derive(Debug)]
struct Reasoner;

impl ChatProvider for Reasoner {
    fn run_name(&self) -> &str {
        "ChatReasoner"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let reasoning = AiMessageChunk::from(BlockChunk::reasoning("hmm"));
        ChunkStream::new(stream::iter([
            Ok(reasoning),
            Ok(AiMessageChunk::new("Hel")),
            Ok(AiMessageChunk::new("lo").with_usage(Usage::new(1, 2))),
        ]))
    }
}

async fn events_of<R: Runnable>(step: R, input: impl Into<R::Input>) -> Vec<StreamEvent> {
    step.stream_events(input).map(Result::unwrap).collect().await
}

fn of<'a>(events: &'a [StreamEvent], name: &str, event: &str) -> Vec<&'a StreamEvent> {
    let is_wanted =
        |found: &&StreamEvent| found.run.name == name && found.event_name().ends_with(event);
    events.iter().filter(is_wanted).collect()
}

#[tokio::test]
async fn text_returns_the_text_of_answers_and_strings() {
    let events = events_of(ChatModel::new(Reasoner).pipe(text()), "hi").await;
    let texts = |name: &str| -> Vec<_> {
        of(&events, name, "_stream").into_iter().filter_map(|event| event.text()).collect()
    };
    let reasoning = of(&events, "ChatReasoner", "_stream")[0];
    assert_eq!(reasoning.text(), None, "reasoning is not part of the text");
    assert_eq!(texts("ChatReasoner"), ["Hel", "lo"]);
    assert_eq!(texts("RunnableSequence"), ["Hel", "lo"]);
    let end = of(&events, "ChatReasoner", "_end")[0];
    assert_eq!(end.text(), None, "the chunk events already have the text");
}

/// Returns the texts of the events of the root run.
async fn texts_of<R: Runnable>(step: R, input: impl Into<R::Input>) -> Vec<String> {
    let events = events_of(step, input).await;
    let root = events[0].run.id;
    let events = events.iter().filter(|event| event.run.id == root);
    events.filter_map(|event| event.text().map(Into::into)).collect()
}

#[tokio::test]
async fn the_texts_of_chunk_events_are_the_text_of_the_output() {
    let model = || ChatModel::new(Reasoner);
    assert_eq!(texts_of(model().pipe(text()), "hi").await, ["Hel", "lo"]);
    assert_eq!(texts_of(model().with_fallback(model()), "hi").await, ["Hel", "lo"]);
    assert_eq!(texts_of(model().pipe(passthrough()), "hi").await, ["Hel", "lo"]);
    // A named value keeps its type when it is picked.
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
    let texts = texts_of(pieces.pipe(json_value()), "").await;
    assert!(texts.is_empty(), "each chunk contains the complete value so far: {texts:?}");
}

#[tokio::test]
async fn a_chunk_event_has_its_typed_chunk() {
    let events = events_of(ChatModel::new(Reasoner), "hi").await;
    let chunks = of(&events, "ChatReasoner", "_stream");
    let usage = |event: &StreamEvent| event.chunk::<AiMessageChunk>()?.usage();
    assert_eq!(usage(chunks[2]), Some(Usage::new(1, 2)));
    assert!(chunks[2].chunk::<String>().is_none());
    let end = of(&events, "ChatReasoner", "_end")[0];
    assert!(end.chunk::<AiMessageChunk>().is_none());
}

#[tokio::test]
async fn a_value_without_chunks_is_in_an_event_as_json() {
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
async fn the_json_of_each_kind_of_event_has_fixed_keys() {
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
