//! The cost of an event: `cargo bench -p runnable-events`.
//!
//! Each figure is for about four thousand events: a thousand chunks through a chain of three steps,
//! which makes an event of each step and of the chain for each chunk.

use std::pin::pin;

use divan::{AllocProfiler, Bencher, black_box, counter::ItemsCount};
use futures::{FutureExt, stream};
use runnable_core::prelude::*;
use runnable_events::{StreamEvent, StreamEventsExt};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const CHUNKS: usize = 1000;

/// A source of a thousand chunks, and two steps that pass them on.
fn chain() -> impl Runnable<Input = u64, Output = String> {
    let source =
        stream_lambda(|_: u64, _| stream::iter((0..CHUNKS).map(|_| Ok("token".to_owned()))));
    let pass = || map_chunks(|text: String| black_box(text));
    source.pipe(pass()).pipe(pass())
}

/// Polls a future until it is ready. It is never pending but to yield to the runtime.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Some(output) = future.as_mut().now_or_never() {
            return output;
        }
    }
}

/// The same chain without events.
#[divan::bench]
fn stream_without_events(bencher: Bencher) {
    let chain = chain();
    bencher.bench(|| {
        ready(async {
            let mut chunks = chain.stream(0u64);
            while let Some(chunk) = chunks.next().await {
                black_box(chunk).ok();
            }
        });
    });
}

#[divan::bench]
fn stream_events(bencher: Bencher) {
    let chain = chain();
    bencher.counter(ItemsCount::new(4 * CHUNKS)).bench(|| {
        ready(async {
            let mut events = chain.stream_events(0u64);
            while let Some(event) = events.next().await {
                black_box::<Result<StreamEvent>>(event).ok();
            }
        });
    });
}

/// Only the JSON of these events: what a listener of chunks makes in any case.
#[divan::bench]
fn json_of_chunks(bencher: Bencher) {
    bencher.counter(ItemsCount::new(4 * CHUNKS)).bench(|| {
        for _ in 0..4 * CHUNKS {
            black_box(serde_json::to_value(black_box("token")).ok());
        }
    });
}
