//! The cases in `further/`: tools that fail or precede a stream, and branches inside a sequence.

use std::{collections::BTreeSet, fs};

use futures::stream;
use runnable_chat::prelude::*;
use runnable_events::StreamEventsExt;
use runnable_testing::golden::Case;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    folder,
    parts::{add_one, all, double, value_error},
};

fn golden(case: &str) -> Case {
    Case::read(folder("further").join(case).with_extension("json")).unwrap()
}

#[test]
fn every_further_case_has_a_test() {
    let cases = fs::read_dir(folder("further")).unwrap();
    let cases = cases.map(|file| file.unwrap().path().file_stem().unwrap().to_owned());
    let cases: BTreeSet<String> = cases.map(|case| case.into_string().unwrap()).collect();
    assert_eq!(cases.len(), 5);
    for case in &cases {
        assert!(include_str!("further.rs").contains(&format!("async fn {case}()")), "{case}");
    }
}

#[derive(Deserialize, JsonSchema)]
struct Place {
    city: String,
}

fn weather() -> Tool {
    tool("weather", "Tells the weather.", |Place { city }, _| async move {
        match &*city {
            "Ys" => Err(value_error("Ys is under water")),
            _ => Ok(format!("rain in {city}")),
        }
    })
}

#[tokio::test]
async fn events_tool_error() {
    let call = weather().stream_events(json!({ "city": "Ys" }));
    golden("events_tool_error").assert_events(&all(call).await);
}

/// A toolbox makes the calls of a model. Its run is the parent of the tool's run.
#[tokio::test]
async fn events_tool_call_error() {
    let golden = golden("events_tool_call_error");
    let call: ToolCall = serde_json::from_value(golden.field("input").clone()).unwrap();
    let events = toolbox([weather()]).stream_events(AiMessage::new("").with_block(call));
    let events = all(events.include_kinds(["tool"])).await;
    let ours = events.last().unwrap().as_ref().unwrap().to_langchain_v2();
    let gold = &golden.field("events")[1];
    assert_eq!((&ours["event"], &ours["name"]), (&gold["event"], &gold["name"]));
    assert_eq!(ours["data"]["tool_call_id"], gold["data"]["tool_call_id"]);
    assert_eq!(ours["data"]["error"]["message"], gold["data"]["error"]["message"]);
    let start = events[0].as_ref().unwrap().to_langchain_v2();
    assert_eq!(start["data"]["input"], gold["data"]["input"]);
}

#[tokio::test]
async fn events_tool_then_stream() {
    let spell = stream_lambda(|text: Value, _| {
        let text = text.as_str().unwrap_or_default();
        stream::iter(text.chars().map(|letter| Ok(letter.to_string())).collect::<Vec<_>>())
    });
    let call = weather().pipe(spell.with_name("spell")).stream_events(json!({ "city": "X" }));
    golden("events_tool_then_stream").assert_events(&all(call).await);
}

/// Inside a sequence, the branch has chunk events, because its output streams.
#[tokio::test]
async fn events_branch_in_sequence() {
    let choice =
        branch(lambda(|n: i64| n > 1), async_lambda(double)).otherwise(async_lambda(add_one));
    let chain = async_lambda(add_one)
        .with_name("first")
        .pipe(choice)
        .pipe(async_lambda(add_one).with_name("last"));
    let items = all(chain.stream_events(5)).await;
    let golden = golden("events_branch_in_sequence");
    golden.clone().streaming("RunnableBranch").assert_events(&items);
    let mismatch = golden.compare(&items).unwrap_err();
    assert_eq!(mismatch.differences().len(), 1, "only the chunk differs: {mismatch}");
}

#[tokio::test]
async fn events_fallbacks_in_sequence() {
    let broken = try_lambda(|_: i64| Err::<i64, _>(value_error("broken"))).with_name("broken");
    let chain = async_lambda(add_one)
        .with_name("first")
        .pipe(broken.with_fallback(async_lambda(double)))
        .pipe(async_lambda(add_one).with_name("last"));
    let items = all(chain.stream_events(5)).await;
    golden("events_fallbacks_in_sequence").streaming("RunnableWithFallbacks").assert_events(&items);
}
