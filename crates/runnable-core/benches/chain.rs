//! The cost of an unobserved chain: `cargo bench -p runnable-core`.
//!
//! Every figure is for a chain of ten steps. Divide it by ten for the cost of a step.

use std::pin::pin;

use divan::{AllocProfiler, Bencher, black_box};
use futures::{FutureExt, stream};
use runnable_core::prelude::*;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn ten_lambdas() -> impl Runnable<Input = u64, Output = u64> {
    let step = || lambda(|n: u64| black_box(n) + 1);
    let five = || step().pipe(step()).pipe(step()).pipe(step()).pipe(step());
    five().pipe(five())
}

fn ten_streaming() -> impl Runnable<Input = String, Output = String> {
    let step = || map_chunks(|text: String| black_box(text));
    let five = || step().pipe(step()).pipe(step()).pipe(step()).pipe(step());
    five().pipe(five())
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    pin!(future).now_or_never().expect("these chains never wait")
}

/// Ten functions, called one after another: the cost without the protocol.
#[divan::bench]
fn bare_functions(bencher: Bencher) {
    let steps: [fn(u64) -> u64; 10] = [|n| black_box(n) + 1; 10];
    bencher.bench(|| black_box(steps).iter().fold(0, |n, step| step(n)));
}

#[divan::bench]
fn invoke_ten_steps(bencher: Bencher) {
    let chain = ten_lambdas();
    bencher.bench(|| ready(chain.invoke(black_box(0u64))));
}

#[divan::bench]
fn invoke_ten_steps_configured(bencher: Bencher) {
    let chain = ten_lambdas();
    let config = RunConfig::new().tag("bench").max_concurrency(4);
    bencher.bench(|| ready(chain.invoke(black_box(0u64)).config(config.clone())));
}

/// A thousand chunks through ten steps. Divide by ten thousand for a chunk through a step.
#[divan::bench]
fn stream_thousand_chunks_through_ten_steps(bencher: Bencher) {
    let chain = ten_streaming();
    let chunks: Vec<Result<String>> = (0..1000).map(|_| Ok(String::new())).collect();
    bencher.with_inputs(|| chunks.clone()).bench_values(|chunks| {
        let mut output = chain.transform(stream::iter(chunks));
        while let Some(Some(chunk)) = output.next().now_or_never() {
            black_box(chunk).ok();
        }
    });
}

/// An item through ten steps, each of which gathers its input first.
#[divan::bench]
fn gather_at_ten_steps(bencher: Bencher) {
    let chain = ten_lambdas();
    bencher.bench(|| ready(chain.stream(black_box(0u64)).concat()));
}

#[divan::bench]
fn batch_of_hundred(bencher: Bencher) {
    let chain = ten_lambdas();
    bencher.bench(|| ready(chain.batch(0..100u64).max_concurrency(8)));
}

/// A batch of a hundred inputs for a single step. Divide by a hundred for the cost of an input.
#[divan::bench]
fn batch_of_hundred_of_one_step(bencher: Bencher) {
    let step = lambda(|n: u64| black_box(n) + 1);
    bencher.bench(|| ready(step.batch(0..100u64).max_concurrency(8)));
}

/// The same without a limit.
#[divan::bench]
fn batch_of_hundred_of_one_step_without_a_limit(bencher: Bencher) {
    let step = lambda(|n: u64| black_box(n) + 1);
    bencher.bench(|| ready(step.batch(0..100u64)));
}
