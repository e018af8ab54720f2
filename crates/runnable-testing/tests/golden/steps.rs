//! The events of single steps.

use futures::{StreamExt, TryStreamExt, stream};
use runnable_chat::prelude::*;
use runnable_events::StreamEventsExt;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{
    golden,
    parts::{add_one, all, cats, greeting},
};

#[tokio::test]
async fn events_lambda() {
    let step = async_lambda(add_one);
    golden("events_lambda").assert_events(&all(step.stream_events(1)).await);
}

#[tokio::test]
async fn events_lambda_config() {
    let config = RunConfig::new().run_name("my run").tag("t1").metadata("k", "v");
    let call = async_lambda(add_one).stream_events(1).config(config);
    golden("events_lambda_config").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_prompt() {
    golden("events_prompt").assert_events(&all(greeting().stream_events(cats())).await);
}

#[tokio::test]
async fn events_generator() {
    let spell = generator(|pieces: ChunkStream<String>, _| {
        let letters = |piece: String| {
            stream::iter(piece.chars().map(|letter| Ok(letter.to_string())).collect::<Vec<_>>())
        };
        pieces.map_ok(letters).try_flatten().boxed()
    });
    let call = spell.with_name("spell").stream_events("abc");
    golden("events_generator").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_custom() {
    let work = async_lambda(|n: i64, cx: RunContext| async move {
        for done in 0..2 {
            cx.emit("progress", &json!({ "done": done }));
        }
        Ok(n)
    });
    let call = work.with_name("work").stream_events(1);
    golden("events_custom").assert_events(&all(call).await);
}

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[tokio::test]
async fn events_tool() {
    let add = tool("add", "Adds two integers.", |Add { a, b }, _| async move { Ok(a + b) });
    let call = add.stream_events(json!({ "a": 1, "b": 2 }));
    golden("events_tool").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_retriever() {
    let shelf = retriever("ShelfRetriever", |question: String, _| async move {
        let about = Document::new(format!("about {question}")).with_metadata("shelf", 1);
        Ok(vec![about, Document::new("filler")])
    });
    let call = shelf.stream_events("cats");
    golden("events_retriever").assert_events(&all(call).await);
}
