//! Events in the format of LangChain's `astream_events`.

use futures::{StreamExt, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest, TextProvider, TextRequest},
    prelude::*,
};
use runnable_core::RunId;
use runnable_events::{StreamEvent, StreamEventsExt};
use serde_json::{Value, json};

#[derive(Debug)]
struct Hello;

impl ChatProvider for Hello {
    fn run_name(&self) -> &str {
        "ChatHello"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        ChunkStream::once(AiMessage::new("Hello"))
    }
}

impl TextProvider for Hello {
    fn run_name(&self) -> &str {
        "Hello"
    }

    fn stream(&self, _: TextRequest, _: RunContext) -> ChunkStream<String> {
        ChunkStream::once("Hello".into())
    }
}

async fn events_of<R: Runnable>(step: R, input: R::Input, config: RunConfig) -> Vec<Value> {
    let items: Vec<_> = step.stream_events(input).config(config).collect().await;
    items
        .into_iter()
        .filter_map(Result::ok)
        .map(|event: StreamEvent| event.to_langchain_v2())
        .collect()
}

fn data(events: &[Value], name: &str) -> Vec<Value> {
    let named = events.iter().filter(|event| event["name"] == name);
    named.map(|event| json!({ event["event"].as_str().unwrap(): event["data"] })).collect()
}

#[tokio::test]
async fn an_event_has_exactly_the_documented_keys() {
    let id = RunId::from("0197f0a4-7a70-7000-8000-000000000001".parse::<uuid::Uuid>().unwrap());
    let config =
        RunConfig::new().run_name("count").run_id(id).tag("b").tag("a").metadata("user", 7);
    let events = events_of(lambda(|text: String| text.len()), "four".into(), config).await;
    let expected = |event: &str, data: Value| {
        json!({
            "event": event,
            "name": "count",
            "run_id": "0197f0a4-7a70-7000-8000-000000000001",
            "parent_ids": [],
            "tags": ["a", "b"],
            "metadata": { "user": 7 },
            "data": data,
        })
    };
    assert_eq!(
        events,
        [
            expected("on_chain_start", json!({ "input": "four" })),
            expected("on_chain_stream", json!({ "chunk": 4 })),
            expected("on_chain_end", json!({ "output": 4 })),
        ]
    );
}

#[tokio::test]
async fn parent_ids_are_ordered_from_the_root() {
    let leaf = lambda(|n: u64| n + 1).with_name("leaf");
    let middle = async_lambda(move |n: u64, cx: RunContext| {
        let leaf = leaf.clone();
        async move { leaf.invoke(n).config(&cx).await }
    });
    let root = middle.with_name("middle").pipe(lambda(|n: u64| n));
    let events = events_of(root, 1, RunConfig::new()).await;
    let id_of = |name: &str| {
        let event = events.iter().find(|event| event["name"] == name).unwrap();
        event["run_id"].clone()
    };
    let leaf = events.iter().find(|event| event["name"] == "leaf").unwrap();
    assert_eq!(leaf["parent_ids"], json!([id_of("RunnableSequence"), id_of("middle")]));
}

#[tokio::test]
async fn the_input_of_a_chat_model_is_a_batch_of_one() {
    let events = events_of(ChatModel::new(Hello), "hi".into(), RunConfig::new()).await;
    let model = data(&events, "ChatHello");
    let messages = json!([[{ "type": "human", "content": "hi" }]]);
    assert_eq!(model[0], json!({ "on_chat_model_start": { "input": { "messages": messages } } }));
    assert_eq!(model[1]["on_chat_model_stream"]["chunk"]["content"], "Hello");
    assert_eq!(model[2]["on_chat_model_end"]["output"]["content"], "Hello");
    assert_eq!(model.len(), 3);
}

#[tokio::test]
async fn a_text_model_has_prompts_and_generations() {
    let events = events_of(TextModel::new(Hello), "hi".into(), RunConfig::new()).await;
    let generation = json!({ "text": "Hello", "generation_info": null, "type": "Generation" });
    assert_eq!(
        data(&events, "Hello"),
        [
            json!({ "on_llm_start": { "input": { "prompts": ["hi"] } } }),
            json!({ "on_llm_stream": { "chunk": "Hello" } }),
            json!({ "on_llm_end": {
                "output": { "generations": [[generation]], "llm_output": null },
            } }),
        ]
    );
}

#[tokio::test]
async fn the_input_of_a_retriever_is_a_query() {
    let shelf = retriever("Shelf", |_, _| async { Ok(vec![Document::new("a")]) });
    let events = events_of(shelf, "cats".into(), RunConfig::new()).await;
    let documents = json!([{ "page_content": "a", "metadata": {} }]);
    assert_eq!(
        data(&events, "Shelf"),
        [
            json!({ "on_retriever_start": { "input": { "query": "cats" } } }),
            json!({ "on_retriever_end": { "output": documents } }),
        ]
    );
}

#[tokio::test]
async fn a_prompt_as_input_of_another_step_is_not_a_batch() {
    let ask = lambda(|_: String| PromptValue::from("hi")).with_name("ask");
    let look = lambda(|prompt: PromptValue| prompt.messages.len()).with_name("look");
    let events = events_of(ask.pipe(look), "x".into(), RunConfig::new()).await;
    let prompt = json!({ "messages": [{ "type": "human", "content": "hi" }] });
    assert_eq!(data(&events, "look")[0], json!({ "on_chain_start": { "input": prompt } }));
}

#[tokio::test]
async fn a_step_that_starts_early_has_its_input_in_the_end_event() {
    let letters = generator(|_: ChunkStream<String>, _| {
        stream::iter(["a", "b"].map(|letter| Ok(letter.to_owned())))
    });
    let shout = map_chunks(|text: String| text.to_uppercase()).with_name("shout");
    let events = events_of(letters.pipe(shout), "".into(), RunConfig::new()).await;
    assert_eq!(
        data(&events, "shout"),
        [
            json!({ "on_chain_start": {} }),
            json!({ "on_chain_stream": { "chunk": "A" } }),
            json!({ "on_chain_stream": { "chunk": "B" } }),
            json!({ "on_chain_end": { "input": "ab", "output": "AB" } }),
        ]
    );
}

#[tokio::test]
async fn an_error_event_has_the_kind_and_the_partial_output() {
    let breaks = generator(|_: ChunkStream<String>, _| {
        let error = Error::new(ErrorKind::RateLimit, "too many");
        stream::iter([Ok("seen".to_owned()), Err(error)])
    });
    let events = events_of(breaks.with_name("breaks"), "".into(), RunConfig::new()).await;
    let error = json!({ "kind": "rate_limit", "message": "too many" });
    assert_eq!(
        events.last().unwrap()["data"],
        json!({ "error": error, "partial": "seen" }),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_custom_event_has_its_own_name_and_data() {
    let work = async_lambda(|n: u64, cx: RunContext| async move {
        cx.emit("progress", &json!({ "done": 1 }));
        cx.emit("note", &"almost");
        Ok(n)
    });
    let events = events_of(
        work.with_name("work").with_config(RunConfig::new().tag("t")),
        7,
        RunConfig::new(),
    );
    let events = events.await;
    let custom = events.iter().filter(|event| event["event"] == "on_custom_event");
    let custom: Vec<_> = custom.collect();
    assert_eq!(custom[0]["name"], "progress");
    assert_eq!(custom[0]["data"], json!({ "done": 1 }));
    assert_eq!((&custom[1]["name"], &custom[1]["data"]), (&json!("note"), &json!("almost")));
    for event in custom {
        assert_eq!(event["run_id"], events[0]["run_id"]);
        assert_eq!(event["tags"], json!(["t"]));
    }
}
