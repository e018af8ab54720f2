//! Filtered events of a chain.

use runnable_chat::prelude::*;
use runnable_events::{EventStream, StreamEventsExt};

use crate::{
    golden,
    parts::{all, cats, greeting, model},
};

fn call() -> EventStream<String> {
    let ask = greeting().with_config(RunConfig::new().run_name("ask").tag("p"));
    let llm = model("Hello you").with_config(RunConfig::new().run_name("llm").tag("m"));
    ask.pipe(llm).pipe(text().with_name("text")).stream_events(cats())
}

#[tokio::test]
async fn events_filter_include_names() {
    let call = call().include_names(["llm"]);
    golden("events_filter_include_names").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_filter_include_types() {
    let call = call().include_kinds(["parser"]);
    golden("events_filter_include_types").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_filter_include_tags() {
    let call = call().include_tags(["m"]);
    golden("events_filter_include_tags").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_filter_exclude_names() {
    let call = call().exclude_names(["llm"]);
    golden("events_filter_exclude_names").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_filter_exclude_types() {
    let call = call().exclude_kinds(["chat_model", "chain"]);
    golden("events_filter_exclude_types").assert_events(&all(call).await);
}
