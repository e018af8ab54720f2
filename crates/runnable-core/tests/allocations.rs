//! An unobserved step costs at most one allocation, and nothing is allocated for events.

use allocation_counter::measure;
use futures::{FutureExt, stream};
use runnable_core::prelude::*;

#[test]
fn a_step_of_an_invoked_chain_allocates_once() {
    let step = || lambda(|n: u64| n + 1);
    let five = || step().pipe(step()).pipe(step()).pipe(step()).pipe(step());
    let ten = five().pipe(five());
    let counted = measure(|| assert_eq!(ten.invoke(0u64).now_or_never().unwrap().unwrap(), 10));
    assert_eq!(counted.count_total, 10);
}

#[test]
fn chunks_pass_through_ten_steps_without_an_allocation() {
    let step = || map_chunks(|text: String| text);
    let five = || step().pipe(step()).pipe(step()).pipe(step()).pipe(step());
    let ten = five().pipe(five());
    // An empty `String` does not allocate, so every counted allocation belongs to the library.
    let mut output = ten.transform(stream::iter((0..100).map(|_| Ok(String::new()))));
    let mut next = || output.next().now_or_never().unwrap();
    assert!(next().is_some(), "the first sets up the chain");
    let counted = measure(|| (0..99).for_each(|_| assert!(next().is_some())));
    assert_eq!(counted.count_total, 0);
}

/// Returns what a thousand more inputs of an unobserved batch under a limit allocate.
fn allocations_of_a_thousand_items(step: impl Runnable<Input = u64, Output = u64>) -> u64 {
    let allocations = |items: u64| {
        let call = step.batch(0..items).max_concurrency(8);
        let read = || assert!(call.now_or_never().unwrap().iter().all(Result::is_ok));
        measure(read).count_total
    };
    allocations(1100) - allocations(100)
}

#[test]
fn a_limited_batch_item_allocates_its_call_and_one_lease() {
    let step = || lambda(|n: u64| n + 1);
    assert_eq!(allocations_of_a_thousand_items(step()), 2000);
    // The call, the lease that the ten steps share, and the nine futures of their pipes.
    let five = || step().pipe(step()).pipe(step()).pipe(step()).pipe(step());
    assert_eq!(allocations_of_a_thousand_items(five().pipe(five())), 11_000);
}

#[test]
fn the_configuration_of_a_batch_costs_its_items_nothing() {
    let step = lambda(|n: u64| n + 1);
    let allocations = |items: u64| {
        let config = RunConfig::new().tag("bench").metadata("size", items);
        let call = step.batch(0..items).config(config);
        measure(|| assert_eq!(call.now_or_never().unwrap().len() as u64, items)).count_total
    };
    assert_eq!(allocations(1100) - allocations(100), 1000, "one for each call");
}

/// Returns the maximum memory in use while this many chunks pass through ten steps to a reader that
/// takes one chunk at a time.
fn peak_bytes(chunks: usize) -> u64 {
    let step = || map_chunks(|text: String| text);
    let five = || step().pipe(step()).pipe(step()).pipe(step()).pipe(step());
    let ten = five().pipe(five());
    let text = || Ok("some words of a model".to_owned());
    let read = || {
        let mut output = ten.transform(stream::iter((0..chunks).map(move |_| text())));
        let mut count = 0;
        while let Some(chunk) = output.next().now_or_never().unwrap() {
            count += usize::from(chunk.is_ok());
        }
        assert_eq!(count, chunks);
    };
    measure(read).bytes_max
}

#[test]
fn a_million_chunks_need_no_more_memory_than_ten() {
    assert_eq!(peak_bytes(1_000_000), peak_bytes(10));
}

/// Returns the maximum memory in use while this many inputs pass through a batch of a stream.
fn peak_bytes_of_inputs(inputs: usize, as_completed: bool) -> u64 {
    let step = || lambda(|text: String| text);
    let chain = step().pipe(step()).pipe(step());
    let read = || {
        let texts = (0..inputs).map(|_| "some words of a document".to_owned());
        let mut results = chain.batch_iter(texts).max_concurrency(8);
        let mut next: Box<dyn FnMut() -> Option<bool>> = if as_completed {
            let mut results = results.as_completed();
            Box::new(move || Some(results.next().now_or_never().unwrap()?.1.is_ok()))
        } else {
            Box::new(move || Some(results.next().now_or_never().unwrap()?.is_ok()))
        };
        let mut count = 0;
        while let Some(is_ok) = next() {
            count += usize::from(is_ok);
        }
        assert_eq!(count, inputs);
    };
    measure(read).bytes_max
}

#[test]
fn a_hundred_thousand_inputs_need_no_more_memory_than_a_hundred() {
    assert_eq!(peak_bytes_of_inputs(100_000, false), peak_bytes_of_inputs(100, false));
    assert_eq!(peak_bytes_of_inputs(100_000, true), peak_bytes_of_inputs(100, true));
}

#[test]
fn an_input_of_a_stream_allocates_as_little_as_an_input_of_a_batch() {
    let step = lambda(|n: u64| n + 1);
    let allocations = |items: u64| {
        let mut call = step.batch_iter(0..items).max_concurrency(8);
        let read = || while call.next().now_or_never().unwrap().is_some() {};
        measure(read).count_total
    };
    // The call and its lease, as in a batch. The list of results that wait is allocated once.
    assert_eq!(allocations(1100) - allocations(100), 2000);
}
