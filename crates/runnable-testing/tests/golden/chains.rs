//! The events of chains.

use runnable_chat::prelude::*;
use runnable_events::{EventData, StreamEventsExt};
use serde_json::json;

use crate::{
    golden,
    parts::{add_one, all, cats, chunk_model, double, greeting, model},
};

#[tokio::test]
async fn events_sequence_three() {
    let chain = async_lambda(add_one)
        .pipe(async_lambda(double))
        .pipe(async_lambda(add_one).with_name("again"));
    golden("events_sequence_three").assert_events(&all(chain.stream_events(1)).await);
}

#[tokio::test]
async fn events_prompt_model_parser() {
    let chain = greeting().pipe(model("Hello brave new world")).pipe(text());
    golden("events_prompt_model_parser").assert_events(&all(chain.stream_events(cats())).await);
}

#[tokio::test]
async fn events_prompt_model_parser_named() {
    let llm = RunConfig::new().run_name("llm").tag("m").metadata("tier", 1);
    let greeter = RunConfig::new().run_name("greeter").tag("chain").metadata("app", "demo");
    let chain = greeting()
        .with_name("ask")
        .pipe(model("Hello you").with_config(llm))
        .pipe(text().with_name("text"))
        .with_config(greeter);
    let call = RunConfig::new().tag("call").metadata("user", "u1");
    let events = all(chain.stream_events(cats()).config(call)).await;
    golden("events_prompt_model_parser_named").assert_events(&events);
}

#[tokio::test]
async fn events_sequence_model_then_lambda() {
    let shout = lambda(|answer: AiMessage| answer.text().to_uppercase()).with_name("shout");
    let call = model("Hello you").pipe(shout).stream_events("hi");
    golden("events_sequence_model_then_lambda").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_json_parser() {
    // LangChain adds an empty chunk to each answer.
    let pieces =
        ["{\"na", "me\": \"Ad", "a\", \"tags\": [\"x\"", ", \"y\"]", ", \"age\": 3", "6}", ""];
    let call = chunk_model(pieces).pipe(json_value()).stream_events("hi");
    golden("events_json_parser").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_parallel() {
    let chain = parallel_dict("one", async_lambda(add_one)).with("two", async_lambda(double));
    golden("events_parallel").assert_events(&all(chain.stream_events(3)).await);
}

#[tokio::test]
async fn events_parallel_models() {
    let joke = model("Ha ha").pipe(text());
    let poem = model("Ti tum").pipe(text());
    let call = parallel_dict("joke", joke).with("poem", poem).stream_events("hi");
    golden("events_parallel_models").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_assign() {
    let length = |values: Dict| values.get("text").and_then(|text| text.as_str()).map(str::len);
    let chain = assign("length", lambda(length).with_name("length"));
    let call = chain.stream_events(dict! { text: "four" });
    golden("events_assign").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_passthrough() {
    let call = passthrough().pipe(async_lambda(add_one)).stream_events(1);
    golden("events_passthrough").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_branch_taken() {
    let chain = branch(lambda(|n: i64| n > 10).with_name("is_big"), async_lambda(double))
        .else_if(lambda(|n: i64| n > 1).with_name("is_medium"), async_lambda(add_one))
        .otherwise(lambda(|_: i64| 0i64).with_name("zero"));
    golden("events_branch_taken").assert_events(&all(chain.stream_events(5)).await);
}

#[tokio::test]
async fn events_branch_default() {
    let chain = branch(lambda(|n: i64| n > 10).with_name("is_big"), async_lambda(double))
        .otherwise(lambda(|_: i64| 0i64).with_name("zero"));
    golden("events_branch_default").assert_events(&all(chain.stream_events(5)).await);
}

/// LangChain does not support events of this call. This library streams the list item by item.
#[tokio::test]
async fn events_each() {
    let golden = golden("events_each");
    assert_eq!(golden.raised(), Some("RunnableEach does not support astream_events yet."));
    assert_eq!(golden.field("events"), &json!([]));

    let items = all(async_lambda(add_one).each().stream_events([1, 2, 3])).await;
    let events: Vec<_> = items.into_iter().map(Result::unwrap).collect();
    let own = |name: &str| {
        let own = events.iter().filter(|event| event.run.name == name);
        own.map(|event| json!([event.event_name(), event.to_langchain_v2()["data"]]))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        own("RunnableEach<add_one>"),
        [
            json!(["on_chain_start", { "input": [1, 2, 3] }]),
            json!(["on_chain_stream", { "chunk": [2] }]),
            json!(["on_chain_stream", { "chunk": [3] }]),
            json!(["on_chain_stream", { "chunk": [4] }]),
            json!(["on_chain_end", { "output": [2, 3, 4] }]),
        ]
    );
    let mut outputs: Vec<_> =
        own("add_one").iter().map(|event| event[1]["output"].clone()).collect();
    outputs.retain(|output| !output.is_null());
    assert_eq!(outputs, [2, 3, 4]);
    let root = events[0].run.id;
    assert!(
        events[1..events.len() - 1]
            .iter()
            .all(|event| { event.run.id == root || event.run.parent_ids[..] == [root] })
    );
    assert!(matches!(events.last().unwrap().data, EventData::End { .. }));
}

#[tokio::test]
async fn events_nested_invoke() {
    let inner = greeting().pipe(model("Hello you")).pipe(text());
    let call = async_lambda(move |topic: String, cx: RunContext| {
        let inner = inner.clone();
        async move { inner.invoke(dict! { topic: topic }).config(&cx).await }
    });
    let call = call.with_name("call").stream_events("cats");
    golden("events_nested_invoke").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_deep_parents() {
    let mut step = async_lambda(add_one).with_name("leaf").into_dyn();
    for name in ["d", "c", "b", "a"] {
        let inner = step;
        let outer = async_lambda(move |n: i64, cx: RunContext| {
            let inner = inner.clone();
            async move { inner.invoke(n).config(&cx).await }
        });
        step = outer.with_name(name).into_dyn();
    }
    golden("events_deep_parents").assert_events(&all(step.stream_events(1)).await);
}

#[tokio::test]
async fn events_lambda_returns_runnable() {
    let (add_one, double) = (async_lambda(add_one).into_dyn(), async_lambda(double).into_dyn());
    let route = choose(move |n: &i64| if *n > 3 { double.clone() } else { add_one.clone() });
    let call = route.with_name("route").stream_events(5);
    golden("events_lambda_returns_runnable").assert_events(&all(call).await);
}
