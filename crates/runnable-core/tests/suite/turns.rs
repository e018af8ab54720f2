//! Other tasks run while a stream or a batch is always ready.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use runnable_core::prelude::*;

use crate::words::shout;

const CHUNKS: usize = 20_000;

/// A stream whose chunks are all ready.
#[derive(Clone)]
struct Ready;

impl Runnable for Ready {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, cx: RunContext) -> Result<String> {
        self.run_stream(text, cx).concat().await
    }

    fn run_stream(&self, _: String, _: RunContext) -> ChunkStream<String> {
        ChunkStream::new(stream::iter(0..CHUNKS).map(|_| Ok("x".to_owned())))
    }
}

fn swallow() -> impl Runnable<Input = String, Output = String> {
    generator(|chunks: ChunkStream<String>, _| chunks.filter(|_| std::future::ready(false)))
}

async fn read<T: Chunked>(mut chunks: runnable_core::calls::OutputStream<T>) {
    while let Some(chunk) = chunks.next().await {
        drop(chunk.expect("a chunk"));
    }
}

/// Returns how often another task is polled while this call runs.
async fn turns(call: BoxFuture<'static, ()>) -> usize {
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
    call.await;
    counter.abort();
    turns.load(Ordering::Relaxed)
}

#[derive(Debug)]
struct Watches;

impl runnable_core::Listener for Watches {
    fn on_event(&self, _: &runnable_core::RunEvent<'_>) {}
}

// Time is paused, so that only the number of chunks makes the stream yield to other tasks.
#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_chunks_are_always_ready() {
    let watched = RunConfig::new().listener(Watches);
    let input = || stream::iter(0..CHUNKS).map(|_| Ok("x".to_owned()));
    let calls: [(&str, BoxFuture<'static, ()>); 8] = [
        ("stream", read(Ready.stream("")).boxed()),
        ("invoke", Ready.invoke("").map(drop).boxed()),
        ("chain", read(Ready.pipe(shout()).pipe(shout()).stream("")).boxed()),
        ("transform", read(shout().transform(input())).boxed()),
        ("swallowed", read(Ready.pipe(swallow()).stream("")).boxed()),
        ("parallel", read(parallel((Ready, Ready)).stream("")).boxed()),
        ("watched", read(Ready.pipe(shout()).stream("").config(watched)).boxed()),
        ("batch", Ready.batch(["", ""]).map(drop).boxed()),
    ];
    for (name, call) in calls {
        let turns = turns(call).await;
        assert!(turns >= CHUNKS / 200, "{name}: {turns} turns");
        assert!(turns <= CHUNKS / 10, "{name}: {turns} turns cost too much");
    }
}

#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_items_are_always_ready() {
    let items = || 0..10_000u64;
    let one = lambda(|n: u64| n);
    let batch = one.batch(items()).map(drop).boxed();
    let mut completed = one.batch_as_completed(items());
    let completed = async move { while completed.next().await.is_some() {} }.boxed();
    // The first item ends last, so that nothing is yielded before.
    let late = async_lambda(|n: u64, _| async move {
        if n == 0 {
            tokio::task::yield_now().await;
        }
        Ok(n)
    });
    let each = lambda(|n: u64| (0..n).collect::<Vec<_>>()).pipe(late.each());
    let each = each.invoke(10_000u64).map(drop).boxed();
    let streamed = one.batch_iter(items()).max_concurrency(10_000).count().map(drop).boxed();
    let calls =
        [("batch", batch), ("completed", completed), ("streamed", streamed), ("each", each)];
    for (name, call) in calls {
        let turns = turns(call).await;
        assert!(turns >= 4, "{name}: {turns} turns");
    }
}

#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_inputs_are_pulled() {
    let stuck = async_lambda(|_: u64, _| std::future::pending::<Result<u64>>());
    let pulled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&pulled);
    let inputs = (0..10_000u64).inspect(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let mut results = stuck.batch_iter(inputs).max_concurrency(10_000);
    assert!(results.next().now_or_never().is_none());
    let first_turn = pulled.load(Ordering::Relaxed);
    assert!((100..=200).contains(&first_turn), "{first_turn}");
    while pulled.load(Ordering::Relaxed) < 10_000 {
        assert!(results.next().now_or_never().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_results_that_waited_are_read() {
    let (release, first) = tokio::sync::oneshot::channel::<()>();
    let first = first.map(drop).shared();
    let step = async_lambda(move |n: u64, _| {
        let first = first.clone();
        async move {
            if n == 0 {
                first.await;
            }
            Ok(n)
        }
    });
    let mut results = step.batch_iter(0..1_000u64).max_concurrency(1_000);
    while !format!("{results:?}").contains("waiting: 999") {
        assert!(results.next().now_or_never().is_none());
    }
    release.send(()).unwrap();
    let mut turn = 0;
    while let Some(Some(_)) = results.next().now_or_never() {
        turn += 1;
    }
    assert!((100..=200).contains(&turn), "{turn}");
}
