//! Defects of concurrency limits and batches.

use futures::FutureExt;
use runnable_chat::prelude::*;
use tokio::time::Instant;

use crate::parts::{Echo, SECOND, prompt_values};

/// Defect 12: each level has its own limit, so that nested calls exceed it. A parallel step ignores
/// the limit, and a batch with the limit 0 never ends.
#[tokio::test(start_paused = true)]
async fn one_limit_applies_to_all_levels_of_a_call() {
    let limit = |n| RunConfig::new().max_concurrency(n);
    let copies = lambda(|prompt: PromptValue| vec![prompt; 5]);
    let joined = lambda(|answers: Vec<AiMessage>| answers.len());

    let model = Echo::new().slow(SECOND);
    let two = parallel((model.to_model(), model.to_model()));
    two.batch(["a", "b", "c", "d"]).config(limit(3)).await;
    assert_eq!(model.peak(), 3, "a batch of parallels");

    let model = Echo::new().slow(SECOND);
    let five = copies.clone().pipe(model.to_model().each()).pipe(joined);
    five.batch(["a", "b", "c", "d"]).config(limit(3)).await;
    assert_eq!(model.peak(), 3, "a batch of lists");

    let model = Echo::new().slow(SECOND);
    let one = || model.to_model();
    let eight = parallel((one(), one(), one(), one(), one(), one(), one(), one()));
    eight.stream("a").config(limit(2)).concat().await.unwrap();
    assert_eq!(model.peak(), 2, "a parallel");

    for result in five.batch(["a", "b"]).config(limit(0)).now_or_never().expect("no waiting") {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

/// Defect 13: all items of a batch wait for the slowest item at every step.
#[tokio::test(start_paused = true)]
async fn slow_items_do_not_block_items_in_other_steps() {
    let waits = |word: &'static str| {
        async_lambda(move |text: String, _| async move {
            let slow = text.starts_with(word);
            tokio::time::sleep(if slow { 10 * SECOND } else { SECOND }).await;
            Ok(text)
        })
    };
    let read = lambda(|values: Dict| values.get("text").unwrap().as_str().unwrap().to_owned());
    let chain = read.pipe(waits("first")).pipe(waits("second"));
    let start = Instant::now();
    let results = chain.batch(["first", "second"].map(prompt_values)).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(start.elapsed(), 11 * SECOND);
}
