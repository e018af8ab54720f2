//! The cost of an event: `cargo bench -p runnable-events`.
//!
//! Each figure is for about four thousand events: a thousand chunks through a chain of three steps,
//! which makes an event of each step and of the chain for each chunk.

use std::pin::pin;

use divan::{AllocProfiler, Bencher, black_box, counter::ItemsCount};
use futures::{FutureExt, stream};
use runnable_core::{Listener, RunEvent, prelude::*};
use runnable_events::{RecordedEvent, Recorder, StreamEvent, StreamEventsExt};
use tokio::sync::mpsc;

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

/// Receives all events, and stores nothing.
struct Counting;

impl Listener for Counting {
    fn on_event(&self, event: &RunEvent<'_>) {
        black_box(event.timing.elapsed);
    }
}

/// The same chain with a listener that stores nothing: the cost of the events themselves.
#[divan::bench]
fn counting_listener(bencher: Bencher) {
    watched(bencher, || RunConfig::new().listener(Counting));
}

/// The same chain with a recorder whose writer discards the lines: the cost of the lines.
#[divan::bench]
fn recorder(bencher: Bencher) {
    let recorder = Recorder::new(std::io::sink());
    watched(bencher, || RunConfig::new().listener(recorder.clone()));
}

/// A chain whose source yields a hundred chunks per second, for a second. A listener must not make
/// it slower.
mod hundred_chunks_per_second {
    use std::time::Duration;

    use tokio::time::{MissedTickBehavior, interval};

    use super::*;

    const SECONDS: usize = 1;

    fn paced(bencher: Bencher, config: impl Fn() -> RunConfig + Sync) {
        let source = stream_lambda(|_: u64, _| {
            let mut ticks = interval(Duration::from_millis(10));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            stream::unfold((ticks, 0), |(mut ticks, count)| async move {
                ticks.tick().await;
                (count < 100 * SECONDS).then(|| (Ok("token".to_owned()), (ticks, count + 1)))
            })
        });
        let pass = || map_chunks(|text: String| black_box(text));
        let chain = source.pipe(pass()).pipe(pass());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        bencher.bench_local(|| {
            runtime.block_on(async {
                let mut chunks = chain.stream(0u64).config(config());
                while let Some(chunk) = chunks.next().await {
                    black_box(chunk).ok();
                }
            });
        });
    }

    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn without_events(bencher: Bencher) {
        paced(bencher, RunConfig::new);
    }

    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn recorder(bencher: Bencher) {
        let recorder = Recorder::new(std::io::sink());
        paced(bencher, || RunConfig::new().listener(recorder.clone()));
    }
}

fn watched(bencher: Bencher, config: impl Fn() -> RunConfig + Sync) {
    let chain = chain();
    bencher.counter(ItemsCount::new(4 * CHUNKS)).bench(|| {
        ready(async {
            let mut chunks = chain.stream(0u64).config(config());
            while let Some(chunk) = chunks.next().await {
                black_box(chunk).ok();
            }
        });
    });
}

/// The lines of the recorder without the recorder: the same events as JSON, through a channel.
#[divan::bench]
fn json_through_a_channel(bencher: Bencher) {
    let chain = chain();
    let events: Vec<RecordedEvent> = ready(async {
        let mut events = chain.stream_events(0u64);
        let mut recorded = Vec::new();
        while let Some(event) = events.next().await {
            recorded.extend(event.ok().map(RecordedEvent::from));
        }
        recorded
    });
    let (sender, mut receiver) = mpsc::channel(events.len());
    bencher.counter(ItemsCount::new(events.len())).bench_local(|| {
        for event in &events {
            sender.try_send(serde_json::to_string(black_box(event))).ok();
        }
        while let Ok(line) = receiver.try_recv() {
            black_box(line).ok();
        }
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
