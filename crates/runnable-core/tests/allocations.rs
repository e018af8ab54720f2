//! With nobody listening, a step costs one allocation at most, and nothing is made for events.

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
    // An empty `String` does not allocate, so whatever is counted is ours.
    let mut output = ten.transform(stream::iter((0..100).map(|_| Ok(String::new()))));
    let mut next = || output.next().now_or_never().unwrap();
    assert!(next().is_some(), "the first sets up the chain");
    let counted = measure(|| (0..99).for_each(|_| assert!(next().is_some())));
    assert_eq!(counted.count_total, 0);
}
