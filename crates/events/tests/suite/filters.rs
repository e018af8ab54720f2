//! The filters of `stream_events`.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll, Waker},
};

use futures::{Stream, StreamExt, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::impl_at_once;
use runnable_events::{EventStream, StreamEvent, StreamEventsExt};
use serde::{Serialize, Serializer};

#[derive(Debug)]
pub(crate) struct Hello;

impl ChatProvider for Hello {
    fn run_name(&self) -> &str {
        "ChatHello"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let words = ["Hello", " you"].map(|word| Ok(AiMessageChunk::new(word)));
        ChunkStream::new(stream::iter(words))
    }
}

fn call() -> EventStream<String> {
    let llm = RunConfig::new().run_name("llm").tag("paid");
    let chain = prompt("Say hi to {topic}").with_name("ask");
    let chain = chain.pipe(ChatModel::new(Hello).with_config(llm)).pipe(text());
    chain.with_name("greeter").stream_events(dict! { topic: "cats" })
}

/// Returns the names of the runs that have events, in the order of their first events.
async fn names_of(call: EventStream<String>) -> Vec<String> {
    let events: Vec<StreamEvent> = call.map(Result::unwrap).collect().await;
    let mut names: Vec<String> = Vec::new();
    for event in events {
        if !names.contains(&event.run.name.to_string()) {
            names.push(event.run.name.to_string());
        }
    }
    names
}

#[tokio::test]
async fn without_a_filter_every_run_is_included() {
    assert_eq!(names_of(call()).await, ["greeter", "ask", "llm", "StrOutputParser"]);
    let nothing: [&str; 0] = [];
    let unfiltered = call().include_names(nothing).exclude_tags(nothing);
    assert_eq!(names_of(unfiltered).await, ["greeter", "ask", "llm", "StrOutputParser"]);
}

#[tokio::test]
async fn runs_are_included_by_name_kind_or_tag() {
    assert_eq!(names_of(call().include_names(["llm", "ask"])).await, ["ask", "llm"]);
    assert_eq!(names_of(call().include_kinds(["parser"])).await, ["StrOutputParser"]);
    assert_eq!(names_of(call().include_tags(["paid"])).await, ["llm"]);
    assert_eq!(names_of(call().include_tags(["seq:step:1"])).await, ["ask"]);
}

#[tokio::test]
async fn runs_are_excluded_by_name_kind_or_tag() {
    assert_eq!(
        names_of(call().exclude_names(["llm", "ask"])).await,
        ["greeter", "StrOutputParser"]
    );
    assert_eq!(names_of(call().exclude_kinds(["chain", "parser"])).await, ["ask", "llm"]);
    assert_eq!(
        names_of(call().exclude_tags(["paid"])).await,
        ["greeter", "ask", "StrOutputParser"]
    );
}

#[tokio::test]
async fn one_matching_filter_includes_or_excludes_a_run() {
    let either = call().include_names(["ask"]).include_kinds(["parser"]).include_tags(["paid"]);
    assert_eq!(names_of(either).await, ["ask", "llm", "StrOutputParser"]);
    let but = call().include_names(["ask", "llm"]).exclude_tags(["paid"]);
    assert_eq!(names_of(but).await, ["ask"]);
    assert!(names_of(call().include_names(["llm"]).exclude_names(["llm"])).await.is_empty());
}

#[tokio::test]
async fn a_filter_changes_neither_the_events_nor_their_parents() {
    let lines = |events: Vec<StreamEvent>| {
        let llm = events.into_iter().filter(|event| event.run.name == "llm");
        llm.map(|event| {
            (
                event.event_name(),
                event.run.parent_ids.len(),
                event.to_langchain_v2()["data"].clone(),
            )
        })
        .collect::<Vec<_>>()
    };
    let all: Vec<StreamEvent> = call().map(Result::unwrap).collect().await;
    let some: Vec<StreamEvent> = call().include_names(["llm"]).map(Result::unwrap).collect().await;
    assert_eq!(some.len(), 4);
    assert_eq!(lines(some), lines(all));
}

#[tokio::test]
async fn the_error_of_a_call_is_never_filtered_out() {
    let fail = try_lambda(|_: String| Result::<String, _>::Err("boom"));
    let items: Vec<_> = fail.stream_events("x").include_names(["nobody"]).collect().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].as_ref().unwrap_err().message(), "boom");
}

/// A value that counts how often it is serialized.
#[derive(Clone, Debug)]
struct Counted(Arc<AtomicUsize>);

impl_at_once!(Counted);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        serializer.serialize_unit()
    }
}

#[tokio::test]
async fn events_of_excluded_runs_are_not_serialized() {
    let count = Arc::new(AtomicUsize::new(0));
    let chain = lambda(|counted: Counted| counted).pipe(lambda(|_: Counted| 1u64));
    let call = chain.stream_events(Counted(Arc::clone(&count))).include_names(["nobody"]);
    assert!(call.collect::<Vec<_>>().await.is_empty());
    assert_eq!(count.load(Ordering::Relaxed), 0);

    let call = chain.stream_events(Counted(Arc::clone(&count)));
    assert!(!call.collect::<Vec<_>>().await.is_empty());
    assert!(count.load(Ordering::Relaxed) > 0);
}

#[test]
fn a_stream_without_selected_events_yields_to_other_tasks() {
    let endless = generator(|_: ChunkStream<u64>, _| stream::repeat_with(|| Ok(1u64)));
    let mut call = pin!(endless.stream_events(0u64).include_names(["nobody"]));
    let mut cx = TaskContext::from_waker(Waker::noop());
    assert!(matches!(call.as_mut().poll_next(&mut cx), Poll::Pending));
}
