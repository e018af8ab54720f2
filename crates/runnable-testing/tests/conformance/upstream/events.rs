//! Event streams.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::{FutureExt, StreamExt, stream};
use runnable_chat::prelude::*;
use runnable_core::RunId;
use runnable_events::{EventData, StreamEvent, StreamEventsExt};
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;
use tokio::task::yield_now;

use crate::parts::{Echo, SECOND, all, data_of, lines, recorded};

#[tokio::test]
async fn events_contain_the_named_values_of_a_function() {
    let answer = lambda(|_: Dict| dict! { answer: "goodbye" }).with_name("my_lambda");
    let events = all(answer.stream_events(dict! { question: "hello" })).await;
    assert_eq!(
        data_of(&events, "my_lambda"),
        [
            ("on_chain_start".into(), json!({ "input": { "question": "hello" } })),
            ("on_chain_stream".into(), json!({ "chunk": { "answer": "goodbye" } })),
            ("on_chain_end".into(), json!({ "output": { "answer": "goodbye" } })),
        ]
    );
}

#[tokio::test]
async fn a_function_can_stream_another_step() {
    let add = lambda(|n: u64| n + 1).with_name("add_one");
    let outer = generator(move |numbers: ChunkStream<u64>, cx: RunContext| {
        let add = add.clone();
        numbers.flat_map(move |n| match n {
            Ok(n) => add.stream(n).config(&cx).left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        })
    });
    let events = all(outer.with_name("outer").stream_events(1u64)).await;
    assert_eq!(
        lines(&events),
        [
            "on_chain_start outer",
            "on_chain_start add_one",
            "on_chain_stream add_one",
            "on_chain_stream outer",
            "on_chain_end add_one",
            "on_chain_end outer",
        ]
    );
    assert_eq!(events[1].run.parent_ids[..], [events[0].run.id]);
}

#[tokio::test]
async fn a_model_inside_a_function_has_token_events() {
    for streamed in [false, true] {
        let model = ScriptedChatModel::new(["Hello you"]).to_model();
        let asks = async_lambda(move |text: String, cx: RunContext| {
            let model = model.clone();
            async move {
                if streamed {
                    model.stream(text).config(&cx).concat().await
                } else {
                    model.invoke(text).config(&cx).await
                }
            }
        });
        let events = all(asks.stream_events("hi")).await;
        let chunks: Vec<_> = data_of(&events, "ScriptedChatModel")
            .into_iter()
            .filter(|(event, _)| event == "on_chat_model_stream")
            .map(|(_, data)| data["chunk"]["content"].clone())
            .collect();
        assert_eq!(chunks, ["Hello", " ", "you"]);
    }
}

#[tokio::test]
async fn custom_events_belong_to_the_step_that_emits_them() {
    let inner = async_lambda(|n: u64, cx: RunContext| async move {
        cx.emit("inner", &n);
        Ok(n + 1)
    });
    let inner = inner.with_name("bar");
    let outer = async_lambda(move |n: u64, cx: RunContext| {
        let inner = inner.clone();
        async move {
            cx.emit("before", &n);
            let n = inner.invoke(n).config(&cx).await?;
            cx.emit("after", &n);
            Ok(n)
        }
    });
    let events = all(outer.with_name("foo").stream_events(1u64)).await;
    let custom = |event: &StreamEvent| match &event.data {
        EventData::Custom { name, data, .. } => {
            Some(format!("{name} {data} of {} at {}", event.run.name, event.run.parent_ids.len()))
        }
        _ => None,
    };
    let custom: Vec<_> = events.iter().filter_map(custom).collect();
    assert_eq!(custom, ["before 1 of foo at 0", "inner 1 of bar at 1", "after 2 of foo at 0"]);
}

#[tokio::test(start_paused = true)]
async fn no_step_starts_after_the_event_stream_is_dropped() {
    for aborted in [false, true] {
        let (model, started) = (Echo::new().slow(SECOND), Arc::new(AtomicBool::new(false)));
        let next = lambda({
            let started = Arc::clone(&started);
            move |answer: AiMessage| {
                started.store(true, Ordering::Relaxed);
                answer.content
            }
        });
        let (config, recorder) = recorded();
        let mut events = model.to_model().pipe(next).stream_events("a b").config(config);
        if aborted {
            let task = tokio::spawn(events.collect::<Vec<_>>());
            while model.calls("a b") == 0 {
                yield_now().await;
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        } else {
            let events = async move {
                events.next().await.unwrap().unwrap();
                events.next().await.unwrap().unwrap();
                assert!(events.next().now_or_never().is_none(), "the model is running");
            };
            events.await;
        }
        tokio::time::sleep(3600 * SECOND).await;
        assert!(!started.load(Ordering::Relaxed));
        assert_eq!(model.words_sent(), 0);
        assert_eq!(
            recorder.lines(),
            [
                "on_chain_start RunnableSequence",
                "on_chat_model_start Echo",
                "on_chat_model_cancelled Echo",
                "on_chain_cancelled RunnableSequence",
            ]
        );
    }
}

#[tokio::test]
async fn two_runs_with_the_same_id_keep_all_their_events() {
    let id = RunId::from(uuid::Uuid::from_u128(7));
    let child = lambda(|text: String| text).with_name("child");
    let parent = async_lambda(move |text: String, cx: RunContext| {
        let child = child.clone();
        async move { child.invoke(text).config(RunConfig::from(&cx).run_id(id)).await }
    });
    let call = parent.with_name("parent").stream_events("hello");
    let events = all(call.config(RunConfig::new().run_id(id))).await;
    assert_eq!(
        lines(&events),
        [
            "on_chain_start parent",
            "on_chain_start child",
            "on_chain_end child",
            "on_chain_stream parent",
            "on_chain_end parent",
        ]
    );
}

#[tokio::test]
async fn the_event_stream_ends_with_the_error_of_the_model() {
    let broken = Error::new(ErrorKind::Connection, "the line is dead");
    let answer = ScriptedReply::words("a b").error_after(1, broken);
    let mut call = ScriptedChatModel::new([answer]).to_model().pipe(text()).stream_events("hi");
    let mut last = None;
    while let Some(item) = call.next().await {
        last = Some(item);
    }
    assert_eq!(last.unwrap().unwrap_err().kind(), ErrorKind::Connection);
}
