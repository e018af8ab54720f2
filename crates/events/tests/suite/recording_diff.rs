//! The comparison of two recordings.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use runnable_chat::prelude::*;
use runnable_core::DynRunnable;
use runnable_events::{Difference, Recorder, Recording, RecordingDiff};
use serde_json::json;

use crate::in_memory::Memory;

async fn recorded(chain: &DynRunnable<String, String>, input: &str) -> Recording {
    let memory = Memory::default();
    let config = RunConfig::new().listener(Recorder::new(memory.clone()));
    // Ignore the result, because the recording contains it.
    drop(chain.invoke(input).config(config).await);
    memory.recording()
}

fn named(
    name: &'static str,
    f: impl Fn(String) -> String + Clone + Send + Sync + 'static,
) -> DynRunnable<String, String> {
    lambda(f).with_name(name).into_dyn()
}

fn same(text: String) -> String {
    text
}

/// Returns the differences, as the last name of the path and the first line of the difference.
fn differences(first: &Recording, second: &Recording) -> Vec<(String, String)> {
    let diff = RecordingDiff::between(first, second);
    let line = |difference: &Difference| {
        difference.to_string().lines().next().unwrap_or_default().to_owned()
    };
    diff.differences()
        .map(|(run, difference)| (run.path.last().unwrap().clone(), line(difference)))
        .collect()
}

#[tokio::test]
async fn the_step_in_which_the_first_difference_appeared_comes_first() {
    let chain = |word: &'static str| {
        let middle = named("middle", move |text| format!("{text} {word}"));
        named("first", same).pipe(middle).pipe(named("last", same)).into_dyn()
    };
    let (old, new) = (recorded(&chain("cat"), "a").await, recorded(&chain("dog"), "a").await);
    let expected = [
        ("middle", "the outputs differ:"),
        ("last", "the inputs differ:"),
        ("last", "the outputs differ:"),
        ("RunnableSequence", "the outputs differ:"),
    ];
    assert_eq!(differences(&old, &new), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));

    let diff = RecordingDiff::between(&old, &new);
    let report = diff.to_string();
    let start = "the first difference is in `RunnableSequence > middle` (seq:step:2): the outputs \
                 differ:\n- a cat\n+ a dog\n\nfurther differences:\n";
    assert!(report.starts_with(start), "{report}");
    assert_eq!(diff.runs().len(), 4);

    assert!(RecordingDiff::between(&old, &recorded(&chain("cat"), "a").await).is_same());
    assert!(RecordingDiff::between(&Recording::default(), &Recording::default()).is_same());
}

#[tokio::test]
async fn missing_added_and_replaced_steps_are_found() {
    let long = named("a", same).pipe(named("b", same)).pipe(named("c", same)).into_dyn();
    let short = named("a", same).pipe(named("b", same)).into_dyn();
    let other = named("a", same).pipe(named("x", same)).into_dyn();
    let (long, short, other) =
        (recorded(&long, "1").await, recorded(&short, "1").await, recorded(&other, "1").await);
    let one = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    assert_eq!(differences(&long, &short), one("c", "only the first recording has this run"));
    assert_eq!(differences(&short, &long), one("c", "only the second recording has this run"));
    assert_eq!(differences(&short, &other), one("b", "the names differ: `b` became `x`"));
}

#[tokio::test]
async fn an_error_differs_from_an_output() {
    let fails =
        try_lambda(|_: String| Err::<String, _>(Error::new(ErrorKind::Parse, "not a number")));
    let fails = fails.with_name("parse").into_dyn();
    let (old, new) = (recorded(&named("parse", same), "1").await, recorded(&fails, "1").await);
    let text = "the outcomes differ: in the first recording, the run completed; in the second, \
                the run failed with `parse`: not a number";
    assert_eq!(differences(&old, &new), [("parse".to_owned(), text.to_owned())]);
}

/// Calls two steps one after the other, in the given order.
fn two_calls(order: Arc<Mutex<[&'static str; 2]>>) -> DynRunnable<String, String> {
    let chain = async_lambda(move |text: String, cx: RunContext| {
        let [one, two] = *order.lock().unwrap();
        async move {
            let one = named(one, same).invoke(text.clone()).config(&cx).await?;
            let two = named(two, same).invoke(text).config(&cx).await?;
            Ok(one + &two)
        }
    });
    chain.with_name("both").into_dyn()
}

/// Lets other calls start before a call ends.
async fn late<T>(call: impl Future<Output = T>) -> T {
    let value = call.await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    value
}

#[tokio::test(start_paused = true)]
async fn the_order_counts_only_for_runs_that_do_not_overlap() {
    let order = Arc::new(Mutex::new(["a", "b"]));
    let sequential = two_calls(Arc::clone(&order));
    let old = recorded(&sequential, "1").await;
    *order.lock().unwrap() = ["b", "a"];
    let new = recorded(&sequential, "1").await;
    let text = "the order differs: the run came after `a` in the first recording, and before it \
                in the second";
    assert_eq!(differences(&old, &new), [("b".to_owned(), text.to_owned())]);

    let slow = |name: &'static str| {
        async_lambda(|text: String, _| late(async { Ok(text) })).with_name(name).into_dyn()
    };
    let concurrent = |names: [&'static str; 2]| {
        let [one, two] = names.map(slow);
        let chain = async_lambda(move |text: String, cx: RunContext| {
            let calls =
                [&one, &two].map(|step| step.invoke(text.clone()).config(&cx).into_future());
            async move { Ok(futures::future::try_join_all(calls).await?.concat()) }
        });
        chain.with_name("both").into_dyn()
    };
    let old = recorded(&concurrent(["a", "b"]), "1").await;
    let new = recorded(&concurrent(["b", "a"]), "1").await;
    assert_eq!(differences(&old, &new), []);
}

#[tokio::test]
async fn calls_of_a_loop_are_paired_by_their_inputs() {
    let chain = |texts: &'static [&'static str]| {
        let chain = async_lambda(move |_: String, cx: RunContext| async move {
            for text in texts {
                named("ask", same).invoke(*text).config(&cx).await?;
            }
            Ok(String::new())
        });
        chain.with_name("loop").into_dyn()
    };
    let old = recorded(&chain(&["one", "two", "three"]), "").await;
    let new = recorded(&chain(&["one", "extra", "two", "three"]), "").await;
    let text = "only the second recording has this run";
    assert_eq!(differences(&old, &new), [("ask".to_owned(), text.to_owned())]);
    let diff = RecordingDiff::between(&old, &new);
    let asks: Vec<_> = diff.runs().iter().map(|run| run.first.is_some()).collect();
    assert_eq!(asks, [true, true, false, true, true], "the new run is listed where it happened");
}

#[tokio::test]
async fn a_diff_is_json_with_times_and_tokens() {
    let (old, new) =
        (recorded(&named("a", same), "1").await, recorded(&named("a", same), "2").await);
    let json = serde_json::to_value(RecordingDiff::between(&old, &new)).unwrap();
    assert_eq!(json["runs"][0]["path"], json!(["a"]));
    assert_eq!(
        json["runs"][0]["differences"],
        json!([
            {"difference": "input", "lines": ["- 1", "+ 2"]},
            {"difference": "output", "lines": ["- 1", "+ 2"]},
        ])
    );
    assert!(json["runs"][0]["first"]["duration_ms"].is_number());
    assert_eq!(json["runs"][0]["first"]["input_tokens"], json!(null));
}
