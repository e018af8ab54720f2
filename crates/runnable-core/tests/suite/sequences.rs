//! Sequences: flat, long, and in every nesting.

use futures::executor::block_on;
use runnable_core::prelude::*;

use crate::{
    recorder::Recorder,
    words::{Words, reverse, shout},
};

fn tags_of(chain: impl Runnable<Input = String, Output = String>) -> Vec<(String, String)> {
    let recorder = Recorder::default();
    let call = chain.invoke("one two").config(RunConfig::new().listener(recorder.clone()));
    block_on(call).unwrap();
    let starts = recorder.starts();
    starts.iter().map(|run| (run.name.to_string(), run.tags.join(" "))).collect()
}

#[test]
fn a_sequence_is_flat_in_every_nesting() {
    let left = tags_of(Words.pipe(reverse()).pipe(Words).pipe(reverse()));
    let right = tags_of(Words.pipe(reverse().pipe(Words.pipe(reverse()))));
    let middle = tags_of(Words.pipe(reverse()).pipe(Words.pipe(reverse())));
    let erased = tags_of(Words.pipe(reverse()).into_dyn().pipe(Words.pipe(reverse()).into_dyn()));
    let expected = [
        ("RunnableSequence", ""),
        ("Words", "seq:step:1"),
        ("RunnableLambda", "seq:step:2"),
        ("Words", "seq:step:3"),
        ("RunnableLambda", "seq:step:4"),
    ];
    let expected = expected.map(|(name, tags)| (name.to_owned(), tags.to_owned()));
    for found in [left, right, middle, erased] {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_flat_sequence_streams_the_same_runs() {
    let recorder = Recorder::default();
    let chain = Words.pipe(shout().pipe(reverse().pipe(shout())));
    let config = RunConfig::new().listener(recorder.clone());
    block_on(chain.stream("one two").config(config).concat()).unwrap();
    let tags: Vec<_> = recorder.starts().iter().map(|run| run.tags.join(" ")).collect();
    assert_eq!(tags, ["", "seq:step:1", "seq:step:2", "seq:step:3", "seq:step:4"]);
}

#[test]
fn a_sequence_called_by_a_transparent_step_is_not_flat() {
    let routes = router("only", shout().pipe(reverse()));
    let chain = lambda(|text: String| ("only".to_owned(), text)).pipe(routes).pipe(shout());
    let expected = [
        ("RunnableSequence", ""),
        ("RunnableLambda", "seq:step:1"),
        ("RunnableSequence", "seq:step:2"),
        ("RunnableGenerator", "seq:step:1"),
        ("RunnableLambda", "seq:step:2"),
        ("RunnableGenerator", "seq:step:3"),
    ];
    assert_eq!(tags_of(chain), expected.map(|(name, tags)| (name.to_owned(), tags.to_owned())));
}

fn add(n: u64) -> impl Runnable<Input = u64, Output = u64> {
    lambda(move |sum: u64| sum + n)
}

/// `left![1, 2, 3]` is `(1 | 2) | 3`, `right![1, 2, 3]` is `1 | (2 | 3)`.
macro_rules! left {
    ($first:literal $(, $n:literal)*) => { add($first)$(.pipe(add($n)))* };
}

macro_rules! right {
    ($last:literal) => { add($last) };
    ($first:literal $(, $n:literal)+) => { add($first).pipe(right!($($n),+)) };
}

async fn spawned(chain: impl Runnable<Input = u64, Output = u64>) -> (u64, u64) {
    let (invoked, streamed) = (chain.clone(), chain);
    let invoked = tokio::spawn(async move { invoked.invoke(0u64).await });
    let streamed = tokio::spawn(async move { streamed.stream(0u64).concat().await });
    (invoked.await.unwrap().unwrap(), streamed.await.unwrap().unwrap())
}

#[tokio::test]
async fn a_chain_of_50_steps_compiles_is_send_and_can_be_spawned() {
    let left = left!(
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
        26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
        49, 50
    );
    let right = right!(
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
        26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
        49, 50
    );
    assert_eq!(spawned(left).await, (1275, 1275));
    assert_eq!(spawned(right).await, (1275, 1275));
}
