//! Limits of calls whose tasks run on several threads.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use runnable_core::prelude::*;
use tokio::{runtime::Builder, task::JoinSet, time::timeout};

use crate::{
    depths::nested,
    recorder::{EventData, Recorder},
};

type Step = DynRunnable<u64, u64>;

/// Checks that each run ended once.
fn one_end_each(recorder: &Recorder) {
    let events = recorder.events();
    for start in recorder.starts() {
        let own = || events.iter().filter(|event| event.run.id == start.id);
        let starts = own().filter(|event| matches!(event.data, EventData::Start(_)));
        assert_eq!(starts.count(), 1, "{start:?}");
        let ends = own().filter(|event| {
            matches!(
                event.data,
                EventData::End { .. } | EventData::Error(..) | EventData::Cancelled(_)
            )
        });
        assert_eq!(ends.count(), 1, "{start:?} in {:?}", recorder.script());
    }
}

struct Gauge {
    now: AtomicUsize,
    peak: AtomicUsize,
}

fn counted(gauge: &Arc<Gauge>) -> Step {
    let gauge = gauge.clone();
    async_lambda(move |n: u64, _| {
        let gauge = gauge.clone();
        async move {
            let now = gauge.now.fetch_add(1, SeqCst) + 1;
            gauge.peak.fetch_max(now, SeqCst);
            for _ in 0..n % 3 {
                tokio::task::yield_now().await;
            }
            gauge.now.fetch_sub(1, SeqCst);
            Ok(n)
        }
    })
    .into_dyn()
}

#[test]
fn tasks_on_four_threads_keep_a_limit_and_complete() {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    for round in 0..48u64 {
        let limit_to = 1 + round as usize % 4;
        let gauge = Arc::new(Gauge { now: AtomicUsize::new(0), peak: AtomicUsize::new(0) });
        let model = counted(&gauge);
        let inner = model.clone();
        let deep = nested(if round % 2 == 0 { 3 } else { 20 }, model.clone());
        let f = async_lambda(move |n: u64, cx: RunContext| {
            let (inner, deep) = (inner.clone(), deep.clone());
            async move {
                let mut tasks = JoinSet::new();
                for k in 0..5u64 {
                    tasks.spawn(inner.invoke(n + k).config(&cx));
                    tasks.spawn(deep.invoke(n + k).config(&cx));
                    let call = inner.batch([k, k + 1, k + 2]).config(&cx);
                    tasks.spawn(async move { call.await.into_iter().sum() });
                }
                let mut lost = inner.stream(n).config(&cx);
                let _ = futures::poll!(lost.next());
                let mut sum = 0;
                while let Some(result) = tasks.join_next().await {
                    sum += result.unwrap()?;
                    inner.invoke(sum).config(&cx).await?;
                }
                lost.next().await.transpose()?;
                Ok(sum)
            }
        });
        let recorder = Recorder::default();
        let mut config = RunConfig::new().max_concurrency(limit_to).recursion_limit(100);
        if round % 3 == 0 {
            config = config.listener(recorder.clone());
        }
        let results = runtime.block_on(async {
            timeout(Duration::from_secs(30), async {
                match round % 2 {
                    0 => f.batch(0..6u64).config(config).await,
                    _ => tokio::spawn(f.invoke(1u64).config(config).into_future())
                        .await
                        .map(|r| vec![r])
                        .unwrap(),
                }
            })
            .await
        });
        let results =
            results.unwrap_or_else(|_| panic!("deadlock in round {round}, limit {limit_to}"));
        for result in results {
            result.unwrap();
        }
        let peak = gauge.peak.load(SeqCst);
        assert!(peak <= limit_to, "round {round}: {peak} with {limit_to}");
        one_end_each(&recorder);
    }
}

/// Splits a batch into one part per thread, and runs each part as a task of the set.
fn in_parts(step: &Step, inputs: &[u64], threads: usize) -> JoinSet<(usize, Vec<Result<u64>>)> {
    let mut parts = JoinSet::new();
    for (index, part) in inputs.chunks(inputs.len().div_ceil(threads)).enumerate() {
        let batch = step.batch(part.to_vec()).max_concurrency(64);
        parts.spawn(async move { (index, batch.await) });
    }
    parts
}

#[tokio::test(start_paused = true)]
async fn dropping_a_batch_in_parts_ends_all_its_tasks() {
    let (recorder, started) = (Recorder::default(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&started);
    let step = async_lambda(move |_: u64, _| {
        count.fetch_add(1, SeqCst);
        std::future::pending::<Result<u64>>()
    });
    let step = step.with_config(RunConfig::new().listener(recorder.clone())).into_dyn();
    let parts = in_parts(&step, &[1; 8], 4);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(started.load(SeqCst), 8);
    drop(parts);
    // The runtime drops the aborted tasks when it next schedules them.
    tokio::time::sleep(Duration::from_secs(1)).await;
    one_end_each(&recorder);
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

/// `cargo test -p runnable-core --release --test suite -- --ignored --nocapture in_parts`
#[test]
#[ignore = "measures time"]
fn a_batch_in_parts_uses_all_threads() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = Builder::new_multi_thread().worker_threads(threads).build().unwrap();
    let step = lambda(|n: u64| (0..10_000).fold(n, |hash, n| hash.rotate_left(5) ^ n)).into_dyn();
    let inputs: Vec<u64> = (0..100_000).collect();
    for _ in 0..3 {
        let (step, inputs) = (step.clone(), inputs.clone());
        runtime.block_on(async {
            let start = std::time::Instant::now();
            let batch = step.batch(inputs.clone()).max_concurrency(1_024);
            let whole = tokio::spawn(batch).await.unwrap();
            let alone = start.elapsed();
            let start = std::time::Instant::now();
            let parts = in_parts(&step, &inputs, threads).join_all().await;
            let together = start.elapsed();
            assert_eq!(parts.iter().map(|(_, part)| part.len()).sum::<usize>(), whole.len());
            println!("one future {alone:.2?}, {threads} tasks {together:.2?}");
        });
    }
}
