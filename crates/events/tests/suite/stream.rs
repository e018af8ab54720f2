//! The events that `stream_events` yields, and its backpressure, cancellation and configuration.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, channel::mpsc, stream};
use runnable_core::prelude::*;
use runnable_events::{EventData, StreamEvent, StreamEventsExt};
use serde_json::json;

fn shout() -> impl Runnable<Input = String, Output = String> {
    map_chunks(|text: String| text.to_uppercase())
}

fn letters() -> impl Runnable<Input = String, Output = String> {
    generator(|chunks: ChunkStream<String>, _| {
        chunks.flat_map(|chunk| {
            let letters: Vec<_> = chunk.unwrap().chars().map(|c| Ok(c.to_string())).collect();
            stream::iter(letters)
        })
    })
}

fn lines(events: &[StreamEvent]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event.event_name(), event.run.name)).collect()
}

#[tokio::test]
async fn every_step_starts_streams_and_ends() {
    let call = letters().pipe(shout()).stream_events("ab");
    let events: Vec<StreamEvent> = call.map(Result::unwrap).collect().await;
    assert_eq!(
        lines(&events),
        [
            "on_chain_start RunnableSequence",
            "on_chain_start RunnableGenerator",
            "on_chain_stream RunnableGenerator",
            "on_chain_start RunnableGenerator",
            "on_chain_stream RunnableGenerator",
            "on_chain_stream RunnableSequence",
            "on_chain_stream RunnableGenerator",
            "on_chain_stream RunnableGenerator",
            "on_chain_stream RunnableSequence",
            "on_chain_end RunnableGenerator",
            "on_chain_end RunnableGenerator",
            "on_chain_end RunnableSequence",
        ]
    );
    let EventData::Start { input, .. } = &events[0].data else { panic!() };
    assert_eq!(input, &Some(json!("ab")));
    let EventData::End { output, .. } = &events.last().unwrap().data else { panic!() };
    assert_eq!(output, &json!("AB"));
    assert_eq!(events[1].run.parent_ids[..], [events[0].run.id]);
}

#[test]
fn events_are_received_while_the_chain_runs() {
    let (input, chunks) = mpsc::unbounded::<Result<String>>();
    let chunks = Arc::new(Mutex::new(Some(chunks)));
    let source = generator(move |_: ChunkStream<String>, _| chunks.lock().unwrap().take().unwrap());
    let mut events = source.pipe(shout()).stream_events("");
    let mut now = || {
        let event = events.next().now_or_never()??.unwrap();
        Some(format!("{} {:?}", event.event_name(), event.run.tags))
    };
    assert_eq!(now().unwrap(), "on_chain_start []");
    assert_eq!(now().unwrap(), r#"on_chain_start ["seq:step:1"]"#);
    assert_eq!(now(), None, "the source has not yielded a chunk yet");

    input.unbounded_send(Ok("a".into())).unwrap();
    assert_eq!(now().unwrap(), r#"on_chain_stream ["seq:step:1"]"#);
    assert_eq!(now().unwrap(), r#"on_chain_start ["seq:step:2"]"#);
    assert_eq!(now().unwrap(), r#"on_chain_stream ["seq:step:2"]"#);
    assert_eq!(now().unwrap(), "on_chain_stream []");
    assert_eq!(now(), None);
}

#[tokio::test]
async fn an_error_has_an_event_and_is_the_last_item() {
    let fail =
        try_lambda(|text: String| Result::<String>::Err(Error::new(ErrorKind::RateLimit, text)));
    let items: Vec<_> = letters().pipe(fail).stream_events("ab").collect().await;
    let (last, events) = items.split_last().unwrap();
    assert_eq!(last.as_ref().unwrap_err().kind(), ErrorKind::RateLimit);
    let events: Vec<_> = events.iter().map(|event| event.as_ref().unwrap().clone()).collect();
    let failed: Vec<_> = lines(&events).into_iter().filter(|line| line.contains("error")).collect();
    assert_eq!(failed, ["on_chain_error RunnableLambda", "on_chain_error RunnableSequence"]);
    let EventData::Error { error, .. } = &events.last().unwrap().data else { panic!() };
    assert_eq!(error.kind(), ErrorKind::RateLimit);
}

#[tokio::test]
async fn a_call_with_an_invalid_configuration_has_no_events() {
    let call = shout().stream_events("a").config(RunConfig::new().max_concurrency(0));
    let items: Vec<_> = call.collect().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].as_ref().unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// A source of many numbers, which counts how many it has yielded.
fn counted(yielded: Arc<AtomicUsize>) -> impl Runnable<Input = u64, Output = u64> {
    generator(move |_: ChunkStream<u64>, _| {
        let yielded = Arc::clone(&yielded);
        stream::iter(0..1_000_000u64).map(move |n| {
            yielded.fetch_add(1, Ordering::Relaxed);
            Ok(n)
        })
    })
}

#[tokio::test]
async fn a_slow_reader_slows_the_chain_down() {
    let yielded = Arc::new(AtomicUsize::new(0));
    // Without backpressure, the second step would consume its complete input in one poll.
    let chain = counted(Arc::clone(&yielded)).pipe(lambda(|last: u64| last));
    let mut events = chain.stream_events(0u64);
    for _ in 0..10 {
        events.next().await.unwrap().unwrap();
    }
    assert!(yielded.load(Ordering::Relaxed) < 100, "the source ran ahead of the reader");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_events_cancels_the_chain() {
    let alive = Arc::new(());
    let held = async_lambda({
        let alive = Arc::clone(&alive);
        move |(): (), _| {
            let held = Arc::clone(&alive);
            async move {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                drop(held);
                Ok(())
            }
        }
    });
    let before = Arc::strong_count(&alive);
    let mut events = held.stream_events(());
    events.next().await.unwrap().unwrap();
    assert!(events.next().now_or_never().is_none());
    assert!(Arc::strong_count(&alive) > before);
    drop((events, held));
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[tokio::test]
async fn configurations_of_an_event_stream_are_merged() {
    let hook_calls = Arc::new(AtomicUsize::new(0));
    let count = || {
        let hook_calls = Arc::clone(&hook_calls);
        move |_: &runnable_core::RunEvent<'_>| {
            hook_calls.fetch_add(1, Ordering::Relaxed);
        }
    };
    let first = RunConfig::new().on_end(count()).tag("b").metadata("key", 1).run_name("one");
    let second = RunConfig::new().on_end(count()).tag("a").metadata("key", 2);
    let call = shout().stream_events("a").config(first).config(second);
    let events: Vec<StreamEvent> = call.map(Result::unwrap).collect().await;
    assert_eq!(events[0].run.name, "one");
    assert_eq!(events[0].run.tags[..], ["a", "b"]);
    assert_eq!(events[0].run.metadata["key"], 2);
    assert_eq!(hook_calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_configuration_after_the_first_event_fails_the_call() {
    let mut events = letters().stream_events("ab");
    events.next().await.unwrap().unwrap();
    let items: Vec<_> = events.config(RunConfig::new().tag("late")).collect().await;
    let error = items.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("before you poll"), "{error}");
}

#[tokio::test]
async fn a_configuration_after_the_last_event_is_an_error() {
    let mut events = letters().stream_events("ab");
    while events.next().await.is_some() {}
    let items: Vec<_> = events.config(RunConfig::new().tag("late")).collect().await;
    assert_eq!(items.len(), 1);
    let error = items[0].as_ref().unwrap_err();
    assert!(error.message().contains("before you poll"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_events_are_always_ready() {
    let turns = Arc::new(AtomicUsize::new(0));
    let counter = tokio::spawn({
        let turns = Arc::clone(&turns);
        async move {
            loop {
                turns.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }
    });
    let mut events = counted(Arc::default()).stream_events(0u64);
    for _ in 0..2_000 {
        events.next().await.unwrap().unwrap();
    }
    counter.abort();
    assert!(turns.load(Ordering::Relaxed) >= 10, "{turns:?}");
}

#[tokio::test]
async fn only_the_last_event_of_a_run_ends_it() {
    let work = async_lambda(|n: u64, cx: RunContext| async move {
        cx.emit("progress", &n);
        Ok(n)
    });
    let events: Vec<StreamEvent> = work.stream_events(7u64).map(Result::unwrap).collect().await;
    let terminal: Vec<_> = events.iter().map(StreamEvent::is_terminal).collect();
    assert_eq!(terminal, [false, false, false, true]);
    assert!(matches!(&events[1].data, EventData::Custom { name, .. } if name == "progress"));
    assert_eq!(events[2].run.name, "RunnableLambda");
}
