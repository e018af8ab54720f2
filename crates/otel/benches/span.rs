//! The cost of an event that becomes part of a span: `cargo bench -p runnable-otel`.
//!
//! Each figure is for about four thousand events, as in the benchmark of `runnable-events`. They
//! are the starts and ends of a thousand runs that are children of one run, and of the run that
//! calls each of them. A program would otherwise send the same events as JSON through a channel,
//! which `json_through_a_channel` measures.

use std::pin::pin;

use divan::{AllocProfiler, Bencher, black_box, counter::ItemsCount};
use futures::FutureExt;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use runnable_core::{Interest, Listener, Run, RunEvent, prelude::*};
use runnable_otel::OtelListener;
use serde_json::json;
use tokio::sync::mpsc;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const ITEMS: usize = 1000;

/// The number of events of one call: a start and an end of two runs for each item.
const EVENTS: usize = 4 * ITEMS;

/// Passes each item through a sequence of one step.
fn chain() -> impl Runnable<Input = Vec<u64>, Output = Vec<u64>> {
    passthrough().pipe(lambda(|n: u64| black_box(n))).with_name("item").each()
}

/// Polls a future until it is ready. The future is pending only when it yields to the runtime.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Some(output) = future.as_mut().now_or_never() {
            return output;
        }
    }
}

fn run(config: RunConfig) {
    let items: Vec<u64> = (0..ITEMS as u64).collect();
    ready(async { black_box(chain().invoke(items).config(config).await).ok() });
}

/// Accepts spans and drops them.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        drop(black_box(batch));
        Ok(())
    }
}

/// Counts events.
struct Counting;

impl Listener for Counting {
    fn interest(&self, _: &Run) -> Option<Interest> {
        Some(Interest::lifecycle())
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        black_box(event.timing.elapsed);
    }
}

/// The same chain without a listener.
#[divan::bench]
fn without_events(bencher: Bencher) {
    bencher.bench(|| run(RunConfig::new()));
}

/// The same chain with a listener that does nothing.
#[divan::bench]
fn counting_listener(bencher: Bencher) {
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| run(RunConfig::new().listener(Counting)));
}

/// Spans whose exporter discards them.
#[divan::bench]
fn spans(bencher: Bencher) {
    let provider = SdkTracerProvider::builder().with_simple_exporter(Nowhere).build();
    let otel = OtelListener::builder(&provider).content(false).build();
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| run(RunConfig::new().listener(otel.clone())));
}

/// Spans that the sampler does not select.
#[divan::bench]
fn unsampled_spans(bencher: Bencher) {
    let provider = SdkTracerProvider::builder()
        .with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff)
        .with_simple_exporter(Nowhere)
        .build();
    let otel = OtelListener::builder(&provider).content(false).build();
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| run(RunConfig::new().listener(otel.clone())));
}

/// The same events as JSON, sent through a channel.
#[divan::bench]
fn json_through_a_channel(bencher: Bencher) {
    let (sender, mut receiver) = mpsc::channel(EVENTS);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for number in 0..EVENTS {
            let event = json!({
                "event": "on_chain_start",
                "run_id": "0199f3a2-6d1c-7f00-8000-000000000000",
                "parent_ids": ["0199f3a2-6d1c-7f00-8000-000000000001"],
                "name": "item",
                "kind": "chain",
                "tags": ["seq:step:1"],
                "elapsed_ms": black_box(number) as f64,
            });
            sender.try_send(event.to_string()).ok();
        }
        while let Ok(line) = receiver.try_recv() {
            black_box(line);
        }
    });
}
