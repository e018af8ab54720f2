//! The guarantees of listeners if a step moves calls into tasks.

use std::{
    sync::{Arc, Barrier, Mutex},
    task::{self, Poll, Waker},
    thread,
    time::Duration,
};

use futures::{FutureExt, executor::block_on, stream};
use runnable_core::{Listener, RunEvent, prelude::*};
use tokio::{task::JoinSet, time::sleep};

use crate::recorder::{EventData, Recorder};

fn naps() -> impl Runnable<Input = u64, Output = u64> {
    let step = async_lambda(|n: u64, _| async move {
        sleep(Duration::from_secs(n)).await;
        Ok(n)
    });
    step.with_name("nap")
}

/// Calls a step in two tasks, and waits for both if `waits` is set.
fn spawns(waits: bool) -> impl Runnable<Input = u64, Output = u64> {
    let step = async_lambda(move |n: u64, cx: RunContext| async move {
        let mut tasks = JoinSet::new();
        for n in [n, 2 * n] {
            let call = naps().invoke(n).config(&cx);
            tasks.spawn(call);
        }
        if waits {
            tasks.join_all().await.into_iter().sum()
        } else {
            tasks.detach_all();
            Ok(n)
        }
    });
    step.with_name("spawns")
}

/// Checks that each run started once and ended once, and that its parent started before it.
fn assert_one_start_and_one_end(recorder: &Recorder) {
    let events = recorder.events();
    for start in recorder.starts() {
        let own = || events.iter().filter(|event| event.run.id == start.id);
        assert!(matches!(own().next().unwrap().data, EventData::Start(_)), "{start:?}");
        let ends = own().filter(|event| {
            matches!(
                event.data,
                EventData::End { .. } | EventData::Error(..) | EventData::Cancelled(_)
            )
        });
        assert_eq!(ends.count(), 1, "{start:?}");
    }
    let at = |name: &str| events.iter().position(|event| event.run.name == name).unwrap();
    assert!(at("spawns") < at("nap"));
}

#[tokio::test(start_paused = true)]
async fn a_run_in_a_task_ends_before_a_parent_that_waits() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    spawns(true).invoke(1u64).config(config).await.unwrap();
    assert_one_start_and_one_end(&recorder);
    assert_eq!(recorder.script().last().unwrap(), "spawns end");
}

#[tokio::test(start_paused = true)]
async fn a_run_in_a_task_ends_after_a_parent_that_is_dropped() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let mut call = spawns(true).invoke(10u64).config(config);
    assert!((&mut call).now_or_never().is_none());
    tokio::task::yield_now().await;
    drop(call);
    let script = recorder.script();
    assert_eq!(script[script.len() - 1], "spawns cancelled", "the parent does not wait");
    sleep(Duration::from_millis(1)).await;
    assert_one_start_and_one_end(&recorder);
    let script = recorder.script();
    assert_eq!(script[script.len() - 2..], ["nap cancelled", "nap cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_in_a_detached_task_ends_by_itself() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    spawns(false).invoke(1u64).config(config).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_one_start_and_one_end(&recorder);
    let script = recorder.script();
    assert_eq!(script.iter().filter(|line| *line == "nap end").count(), 2);
    let parents = |name: &str| {
        let events = recorder.events();
        let run = events.iter().find(|event| event.run.name == name).unwrap().run.clone();
        run.parent_names.to_vec()
    };
    assert_eq!(parents("nap"), ["spawns"], "the parent is named, although it had ended");
}

/// A listener that is ready only while its gate is open.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<(bool, Vec<Waker>)>>, Recorder);

impl Gate {
    fn open(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 = true;
        state.1.drain(..).for_each(Waker::wake);
    }

    fn close(&self) {
        self.0.lock().unwrap().0 = false;
    }
}

impl Listener for Gate {
    fn on_event(&self, event: &RunEvent<'_>) {
        self.1.on_event(event);
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap();
        if state.0 {
            return Poll::Ready(());
        }
        state.1.push(cx.waker().clone());
        Poll::Pending
    }
}

#[tokio::test]
async fn emit_when_ready_waits_for_listeners() {
    let gate = Gate::default();
    gate.open();
    let shut = gate.clone();
    let step = async_lambda(move |(): (), cx: RunContext| {
        let gate = shut.clone();
        async move {
            cx.emit_when_ready("first", &1).await;
            gate.close();
            let given_up = cx.emit_when_ready("never", &2).now_or_never();
            assert_eq!(given_up, None);
            cx.emit_when_ready("second", &3).await;
            Ok(())
        }
    });
    let call =
        tokio::spawn(step.invoke(()).config(RunConfig::new().listener(gate.clone())).into_future());
    tokio::task::yield_now().await;
    assert_eq!(gate.1.script(), ["RunnableLambda start", "RunnableLambda custom"]);
    gate.open();
    call.await.unwrap().unwrap();
    let custom = gate.1.of("RunnableLambda").into_iter().filter_map(|data| match data {
        EventData::Custom(name, data) => Some(format!("{name} {data}")),
        _ => None,
    });
    assert_eq!(custom.collect::<Vec<_>>(), ["first 1", "second 3"]);
}

#[tokio::test]
async fn emit_when_ready_does_not_wait_without_listeners() {
    let step = async_lambda(|(): (), cx: RunContext| async move {
        Ok(cx.emit_when_ready("progress", &1).now_or_never().is_some())
    });
    assert!(step.invoke(()).await.unwrap());
}

/// A step that emits from many threads before it has taken any input, which starts its run.
fn emits_from_threads(threads: usize) -> impl Runnable<Input = String, Output = String> {
    let step = generator(move |text: ChunkStream<String>, cx: RunContext| {
        let barrier = Barrier::new(threads);
        thread::scope(|scope| {
            for number in 0..threads {
                let (cx, barrier) = (&cx, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    cx.emit("number", &number);
                });
            }
        });
        text
    });
    step.with_name("emits")
}

#[test]
fn a_run_that_many_threads_start_has_one_first_start_event() {
    let step = emits_from_threads(4);
    for _ in 0..200 {
        let recorder = Recorder::default();
        let chunks = stream::iter([Ok("a".to_owned())]);
        let call = step.transform(chunks).config(RunConfig::new().listener(recorder.clone()));
        assert_eq!(block_on(call.concat()).unwrap(), "a");
        let script = recorder.script();
        assert_eq!(script[0], "emits start", "{script:?}");
        assert_eq!(script.iter().filter(|line| *line == "emits start").count(), 1, "{script:?}");
    }
}
