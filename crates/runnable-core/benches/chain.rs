//! The cost of an unobserved chain: `cargo bench -p runnable-core`.
//!
//! Every figure is for a chain of ten steps. Divide it by ten for the cost of a step.

use std::pin::pin;

use divan::{AllocProfiler, Bencher, black_box};
use futures::{FutureExt, Stream, StreamExt, future::BoxFuture, stream};
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

/// Reads a stream to its end. A step yields to the runtime from time to time, and is polled again.
fn drain(mut output: impl Stream<Item = Result<String>> + Unpin) {
    loop {
        match output.next().now_or_never() {
            Some(Some(chunk)) => drop(black_box(chunk)),
            Some(None) => break,
            None => continue,
        }
    }
}

/// Ten functions, called one after another: the cost without the protocol.
#[divan::bench]
fn bare_functions(bencher: Bencher) {
    let steps: [fn(u64) -> u64; 10] = [|n| black_box(n) + 1; 10];
    bencher.bench(|| black_box(steps).iter().fold(0, |n, step| step(n)));
}

/// Ten boxed futures, awaited one after another: what a chain of erased futures costs at least.
#[divan::bench]
fn ten_boxed_calls(bencher: Bencher) {
    type Call = fn(u64) -> BoxFuture<'static, Result<u64>>;
    let steps: [Call; 10] = [|n| async move { Ok(black_box(n) + 1) }.boxed(); 10];
    bencher.bench(|| {
        let steps = black_box(&steps);
        ready(async move {
            let mut n = black_box(0);
            for step in steps {
                n = step(n).await?;
            }
            Ok::<_, Error>(n)
        })
    });
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

#[divan::bench]
fn invoke_ten_steps_with_tag_and_metadata(bencher: Bencher) {
    let chain = ten_lambdas();
    let config = RunConfig::new().tag("bench").metadata("user", 7);
    bencher.bench(|| ready(chain.invoke(black_box(0u64)).config(config.clone())));
}

#[divan::bench]
fn invoke_ten_erased_steps(bencher: Bencher) {
    let step = || lambda(|n: u64| black_box(n) + 1).into_dyn();
    let chain = (1..10).fold(step(), |chain, _| chain.pipe(step()).into_dyn());
    bencher.bench(|| ready(chain.invoke(black_box(0u64))));
}

/// A thousand chunks through three boxed streams of `futures`: what the next one costs at least.
#[divan::bench]
fn thousand_chunks_through_three_boxed_streams(bencher: Bencher) {
    let chunks: Vec<Result<String>> = (0..1000).map(|_| Ok(String::new())).collect();
    bencher.with_inputs(|| chunks.clone()).bench_values(|chunks| {
        let pass = |chunk: Result<String>| black_box(chunk);
        let output = stream::iter(chunks).boxed().map(pass).boxed().map(pass).boxed();
        drain(output);
    });
}

#[divan::bench]
fn stream_thousand_chunks_through_three_steps(bencher: Bencher) {
    let step = || map_chunks(|text: String| black_box(text));
    let chain = step().pipe(step()).pipe(step());
    let chunks: Vec<Result<String>> = (0..1000).map(|_| Ok(String::new())).collect();
    bencher.with_inputs(|| chunks.clone()).bench_values(|chunks| {
        drain(chain.transform(stream::iter(chunks)));
    });
}

/// A thousand chunks through ten steps. Divide by ten thousand for a chunk through a step.
#[divan::bench]
fn stream_thousand_chunks_through_ten_steps(bencher: Bencher) {
    let chain = ten_streaming();
    let chunks: Vec<Result<String>> = (0..1000).map(|_| Ok(String::new())).collect();
    bencher.with_inputs(|| chunks.clone()).bench_values(|chunks| {
        drain(chain.transform(stream::iter(chunks)));
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

/// The same inputs from an iterator, with results in input order.
#[divan::bench]
fn batch_iter_of_hundred_of_one_step(bencher: Bencher) {
    let step = lambda(|n: u64| black_box(n) + 1);
    bencher.bench(|| ready(step.batch_iter(0..100u64).max_concurrency(8).collect::<Vec<_>>()));
}
