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
    for (name, call) in [("batch", batch), ("completed", completed), ("each", each)] {
        let turns = turns(call).await;
        assert!(turns >= 4, "{name}: {turns} turns");
    }
}
