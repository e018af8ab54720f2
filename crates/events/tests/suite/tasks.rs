//! Events of runs in tasks of their own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, stream};
use runnable_core::prelude::*;
use runnable_events::{StreamEvent, StreamEventsExt};
use tokio::{sync::Notify, task::JoinSet, time::timeout};

/// Streams this many words.
fn words(count: usize) -> impl Runnable<Input = String, Output = String> {
    let step = generator(move |_: ChunkStream<String>, _| {
        stream::iter((0..count).map(|n| Ok(format!("{n} "))))
    });
    step.with_name("words")
}

/// Calls a step in several tasks, and waits for all of them.
fn spawns<R>(step: R, tasks: usize) -> impl Runnable<Input = String, Output = u64>
where
    R: Runnable<Input = String, Output = String>,
{
    let spawns = async_lambda(move |text: String, cx: RunContext| {
        let step = step.clone();
        async move {
            let mut set = JoinSet::new();
            for _ in 0..tasks {
                let call = step.stream(text.clone()).config(&cx).concat();
                set.spawn(call);
            }
            let mut length = 0;
            while let Some(answer) = set.join_next().await {
                length += answer.map_err(Error::other)??.len() as u64;
            }
            Ok(length)
        }
    });
    spawns.with_name("spawns")
}

/// All events of a call, or a failure if it locks up.
async fn all(events: impl stream::Stream<Item = Result<StreamEvent>>) -> Vec<StreamEvent> {
    let all = events.map(Result::unwrap).collect();
    timeout(Duration::from_secs(60), all).await.expect("the events locked up")
}

fn count(events: &[StreamEvent], event: &str, name: &str) -> usize {
    events.iter().filter(|it| it.event_name() == event && it.run.name == name).count()
}

async fn assert_all_events_come(tasks: usize, length: usize) {
    let events = all(spawns(words(length), tasks).stream_events("x")).await;
    assert_eq!(count(&events, "on_chain_stream", "words"), tasks * length);
    assert_eq!(count(&events, "on_chain_end", "words"), tasks);
    assert_eq!(events.last().unwrap().run.name, "spawns");
}

#[tokio::test(start_paused = true)]
async fn steps_in_two_tasks_do_not_lock_the_stream_up() {
    assert_all_events_come(2, 20).await;
}

#[tokio::test(start_paused = true)]
async fn several_tasks_may_fill_the_room_for_events() {
    assert_all_events_come(7, 300).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_threads_may_fill_the_room_for_events() {
    for _ in 0..20 {
        assert_all_events_come(7, 300).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_chunk_of_a_task_is_seen_before_the_second() {
    let slow = generator(|_: ChunkStream<String>, _| {
        stream::iter(1..=3u64).then(|n| async move {
            tokio::time::sleep(Duration::from_secs(n)).await;
            Ok(n.to_string())
        })
    });
    let begun = tokio::time::Instant::now();
    let mut events = spawns(slow.with_name("slow"), 1).stream_events("x");
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        if event.unwrap().event_name() == "on_chain_stream" {
            seen.push(begun.elapsed().as_secs());
        }
    }
    assert_eq!(seen, [1, 3, 6, 6], "each chunk at its time, and the number of the step around");
}

#[tokio::test(start_paused = true)]
async fn tasks_wait_for_a_slow_reader() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let endless = generator(move |_: ChunkStream<String>, _| {
        let asked = Arc::clone(&counted);
        stream::iter(0..1_000_000u64).map(move |_| {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok("x".to_owned())
        })
    });
    let mut events = spawns(endless, 3).stream_events("x");
    for _ in 0..10 {
        events.next().await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let before = asked.load(Ordering::Relaxed);
    assert!(before < 200, "the tasks ran ahead of the reader: {before}");
    for _ in 0..200 {
        events.next().await.unwrap().unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(asked.load(Ordering::Relaxed) > before, "the tasks go on when there is room");
}

/// A step that leaves tasks behind: they go on when it has ended, or was dropped.
fn leaves_behind(
    done: Arc<AtomicUsize>,
    gone: Arc<Notify>,
) -> impl Runnable<Input = String, Output = String> {
    async_lambda(move |text: String, cx: RunContext| {
        let (done, gone) = (Arc::clone(&done), Arc::clone(&gone));
        async move {
            for _ in 0..3 {
                let call = words(500).stream(text.clone()).config(&cx).concat();
                let (done, cx) = (Arc::clone(&done), cx.clone());
                tokio::spawn(async move {
                    call.await.unwrap();
                    cx.emit_when_ready("late", &1).await;
                    done.fetch_add(1, Ordering::Relaxed);
                });
            }
            gone.notified().await;
            Ok(text)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn tasks_that_outlive_a_dropped_reader_run_to_their_end() {
    let (done, gone) = (Arc::default(), Arc::default());
    let mut events = leaves_behind(Arc::clone(&done), gone).stream_events("x");
    for _ in 0..5 {
        events.next().await.unwrap().unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(done.load(Ordering::Relaxed), 0, "they wait for the reader");
    drop(events);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(done.load(Ordering::Relaxed), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_dropped_in_the_middle_frees_tasks_on_other_threads() {
    for taken in [0, 1, 40, 200] {
        let (done, gone): (Arc<AtomicUsize>, Arc<Notify>) = Default::default();
        let mut events = leaves_behind(Arc::clone(&done), gone).stream_events("x");
        // The tasks are spawned by the first poll.
        assert!(events.next().await.is_some());
        for _ in 0..taken {
            events.next().await.unwrap().unwrap();
        }
        drop(events);
        while done.load(Ordering::Relaxed) < 3 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_outlive_the_call_do_not_wait_for_a_reader_at_its_end() {
    let (done, gone): (Arc<AtomicUsize>, Arc<Notify>) = Default::default();
    gone.notify_one();
    let mut events = leaves_behind(Arc::clone(&done), gone).stream_events("x");
    while timeout(Duration::from_secs(60), events.next()).await.expect("locked up").is_some() {}
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(done.load(Ordering::Relaxed), 3);
    assert!(events.next().now_or_never().unwrap().is_none(), "and nothing was kept for it");
}

#[tokio::test(start_paused = true)]
async fn a_step_that_emits_when_ready_waits_for_the_reader() {
    let emitted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&emitted);
    let step = async_lambda(move |n: u64, cx: RunContext| {
        let emitted = Arc::clone(&counted);
        async move {
            for row in 0..n {
                cx.emit_when_ready("row", &row).await;
                emitted.fetch_add(1, Ordering::Relaxed);
            }
            Ok(n)
        }
    });
    let mut events = step.stream_events(10_000u64);
    for _ in 0..10 {
        events.next().await.unwrap().unwrap();
    }
    assert!(emitted.load(Ordering::Relaxed) <= 64, "it piled up");
    let rest = all(events).await;
    let rows = rest.iter().filter(|event| event.event_name() == "on_custom_event").count();
    assert_eq!(rows, 10_000 - 9, "all but those that were read before");
}
