//! Events of runs in spawned tasks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, stream};
use runnable_core::{TimeoutPhase, combinators::Timeouts, prelude::*};
use runnable_events::{StreamEvent, StreamEventsExt};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

/// A step that streams `count` words.
fn words(count: usize) -> impl Runnable<Input = String, Output = String> {
    let step = generator(move |_: ChunkStream<String>, _| {
        stream::iter((0..count).map(|n| Ok(format!("{n} "))))
    });
    step.with_name("words")
}

/// A step that calls `step` in several tasks and waits for all of them.
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

/// Returns all events of a call, and panics on a deadlock.
async fn all(events: impl stream::Stream<Item = Result<StreamEvent>>) -> Vec<StreamEvent> {
    let all = events.map(Result::unwrap).collect();
    timeout(Duration::from_secs(60), all).await.expect("no deadlock")
}

fn count(events: &[StreamEvent], event_name: &str, run: &str) -> usize {
    let is_counted =
        |event: &&StreamEvent| event.event_name() == event_name && event.run.name == run;
    events.iter().filter(is_counted).count()
}

async fn assert_all_events_are_received(tasks: usize, length: usize) {
    let events = all(spawns(words(length), tasks).stream_events("x")).await;
    assert_eq!(count(&events, "on_chain_stream", "words"), tasks * length);
    assert_eq!(count(&events, "on_chain_end", "words"), tasks);
    assert_eq!(events.last().unwrap().run.name, "spawns");
}

#[tokio::test(start_paused = true)]
async fn steps_in_two_tasks_do_not_block_the_stream() {
    assert_all_events_are_received(2, 20).await;
}

#[tokio::test(start_paused = true)]
async fn several_tasks_can_fill_the_event_queue() {
    assert_all_events_are_received(7, 300).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_threads_can_fill_the_event_queue() {
    for _ in 0..20 {
        assert_all_events_are_received(7, 300).await;
    }
}

#[tokio::test(start_paused = true)]
async fn chunks_of_a_task_are_received_when_they_are_produced() {
    let slow = generator(|_: ChunkStream<String>, _| {
        stream::iter(1..=3u64).then(|n| async move {
            tokio::time::sleep(Duration::from_secs(n)).await;
            Ok(n.to_string())
        })
    });
    let start = tokio::time::Instant::now();
    let mut events = spawns(slow.with_name("slow"), 1).stream_events("x");
    let mut times = Vec::new();
    while let Some(event) = events.next().await {
        if event.unwrap().event_name() == "on_chain_stream" {
            times.push(start.elapsed().as_secs());
        }
    }
    assert_eq!(times, [1, 3, 6, 6], "three chunks of `slow`, then the output of `spawns`");
}

#[tokio::test(start_paused = true)]
async fn tasks_wait_for_a_slow_reader() {
    let produced = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&produced);
    let endless = generator(move |_: ChunkStream<String>, _| {
        let counter = Arc::clone(&counter);
        stream::iter(0..1_000_000u64).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok("x".to_owned())
        })
    });
    let mut events = spawns(endless, 3).stream_events("x");
    for _ in 0..10 {
        events.next().await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let before = produced.load(Ordering::Relaxed);
    assert!(before < 200, "the tasks ran ahead of the reader: {before}");
    for _ in 0..200 {
        events.next().await.unwrap().unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = produced.load(Ordering::Relaxed);
    assert!(after > before, "the tasks continue when there is room in the queue");
}

/// A step that spawns tasks which outlive it. The step itself ends when `end` is notified.
fn leaves_tasks_behind(
    done: Arc<AtomicUsize>,
    end: Arc<Notify>,
) -> impl Runnable<Input = String, Output = String> {
    async_lambda(move |text: String, cx: RunContext| {
        let (done, end) = (Arc::clone(&done), Arc::clone(&end));
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
            end.notified().await;
            Ok(text)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn tasks_that_outlive_a_dropped_stream_run_to_their_end() {
    let (done, end) = (Arc::default(), Arc::default());
    let mut events = leaves_tasks_behind(Arc::clone(&done), end).stream_events("x");
    for _ in 0..5 {
        events.next().await.unwrap().unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(done.load(Ordering::Relaxed), 0, "the tasks wait for the reader");
    drop(events);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(done.load(Ordering::Relaxed), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropping_the_stream_unblocks_tasks_on_other_threads() {
    for taken in [0, 1, 40, 200] {
        let (done, end): (Arc<AtomicUsize>, Arc<Notify>) = Default::default();
        let mut events = leaves_tasks_behind(Arc::clone(&done), end).stream_events("x");
        // The first poll spawns the tasks.
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
async fn tasks_that_outlive_the_call_do_not_wait_for_the_reader() {
    let (done, end): (Arc<AtomicUsize>, Arc<Notify>) = Default::default();
    end.notify_one();
    let mut events = leaves_tasks_behind(Arc::clone(&done), end).stream_events("x");
    while timeout(Duration::from_secs(60), events.next()).await.expect("no deadlock").is_some() {}
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(done.load(Ordering::Relaxed), 3);
    assert!(events.next().now_or_never().unwrap().is_none(), "late events are discarded");
}

#[tokio::test(start_paused = true)]
async fn emit_when_ready_waits_for_the_reader() {
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
    assert!(emitted.load(Ordering::Relaxed) <= 64, "the queue has room for 64 events");
    let rest = all(events).await;
    let rows = rest.iter().filter(|event| event.event_name() == "on_custom_event").count();
    assert_eq!(rows, 10_000 - 9, "nine rows were read before");
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_of_events_does_not_use_up_a_time_limit() {
    let limit = millis(200);
    let chunk_limits = Timeouts::new().first_chunk(limit).idle(limit);
    for limited in [
        spawns(words(200), 2).into_dyn(),
        spawns(words(200), 2).with_timeout(limit).into_dyn(),
        spawns(words(200), 2).with_config(RunConfig::new().timeout(limit)).into_dyn(),
        spawns(words(200).with_timeout(limit), 2).into_dyn(),
        spawns(words(200).with_timeouts(chunk_limits), 2).into_dyn(),
        spawns(words(200), 2).pipe(passthrough()).with_timeouts(chunk_limits).into_dyn(),
    ] {
        let mut events = limited.stream_events("x").config(RunConfig::new().timeout(limit));
        while let Some(event) = events.next().await {
            event.unwrap();
            sleep(millis(300)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_applies_after_a_reader_of_events_has_returned() {
    let hangs = generator(|_: ChunkStream<String>, _| {
        stream::iter((0..1_000).map(|n| Ok(n.to_string()))).chain(stream::pending())
    });
    for (limited, phase) in [
        (spawns(hangs.clone(), 2).into_dyn(), TimeoutPhase::Call),
        (spawns(hangs, 2).with_timeout(millis(100)).into_dyn(), TimeoutPhase::Step),
    ] {
        let mut events = limited.stream_events("x").config(RunConfig::new().timeout(millis(200)));
        for _ in 0..40 {
            events.next().await.unwrap().unwrap();
            sleep(millis(300)).await;
        }
        let start = Instant::now();
        let all: Vec<_> = timeout(Duration::from_secs(60), events.collect()).await.unwrap();
        let error = all.into_iter().find_map(Result::err).unwrap();
        assert_eq!(error.timeout_phase(), Some(phase));
        assert!(start.elapsed() > millis(90) && start.elapsed() < millis(210), "{phase:?}");
    }
}

/// Counts how many models work at once.
#[derive(Clone, Default)]
struct Working {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Working {
    /// A step that works for a millisecond for each of `count` words.
    fn model(&self, count: usize) -> impl Runnable<Input = String, Output = String> {
        let working = self.clone();
        let step = generator(move |_: ChunkStream<String>, _| {
            let working = working.clone();
            stream::iter(0..count).then(move |n| {
                let working = working.clone();
                async move {
                    let now = working.now.fetch_add(1, Ordering::Relaxed) + 1;
                    working.most.fetch_max(now, Ordering::Relaxed);
                    sleep(millis(1)).await;
                    working.now.fetch_sub(1, Ordering::Relaxed);
                    Ok(format!("{n} "))
                }
            })
        });
        step.with_name("words")
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_holds_while_tasks_wait_for_the_reader() {
    for limit in [1, 2, 4] {
        let working = Working::default();
        let call = spawns(working.model(100), 4).stream_events("x");
        let mut events = call.config(RunConfig::new().max_concurrency(limit));
        let mut seen = Vec::new();
        for _ in 0..80 {
            seen.push(events.next().await.unwrap().unwrap());
            sleep(Duration::from_secs(1)).await;
        }
        seen.extend(all(events).await);
        assert_eq!(count(&seen, "on_chain_stream", "words"), 4 * 100);
        assert_eq!(count(&seen, "on_chain_end", "words"), 4);
        assert_eq!(seen.last().unwrap().run.name, "spawns");
        assert_eq!(working.most.load(Ordering::Relaxed), limit);
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_under_a_limit_run_to_their_end_after_the_stream_is_dropped() {
    for limit in [1, 2, 4] {
        let (working, done) = (Working::default(), Arc::new(AtomicUsize::new(0)));
        let (model, ended) = (working.model(100), Arc::clone(&done));
        let detaches = async_lambda(move |text: String, cx: RunContext| {
            for _ in 0..4 {
                let call = model.stream(text.clone()).config(&cx).concat();
                let ended = Arc::clone(&ended);
                tokio::spawn(async move {
                    call.await.unwrap();
                    ended.fetch_add(1, Ordering::Relaxed);
                });
            }
            std::future::pending::<Result<u64>>()
        });
        let call = detaches.stream_events("x");
        let mut events = call.config(RunConfig::new().max_concurrency(limit));
        for _ in 0..5 {
            events.next().await.unwrap().unwrap();
        }
        sleep(Duration::from_secs(10)).await;
        assert!(done.load(Ordering::Relaxed) < 4, "the tasks wait for the reader");
        drop(events);
        sleep(Duration::from_secs(10)).await;
        assert_eq!(done.load(Ordering::Relaxed), 4);
        assert_eq!(working.most.load(Ordering::Relaxed), limit);
    }
}
