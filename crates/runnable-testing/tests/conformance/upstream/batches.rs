//! Batches.

use std::sync::{Arc, Mutex};

use runnable_chat::prelude::*;
use tokio::time::Instant;

use crate::parts::{Echo, SECOND, assert_each_run_ends_once, outcomes, prompt_values, recorded};

#[tokio::test]
async fn failed_items_skip_later_steps_and_keep_their_index() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let refuses = |start: &'static str| {
        let seen = Arc::clone(&seen);
        try_lambda(move |text: String| {
            seen.lock().unwrap().push(format!("{start} {text}"));
            if text.starts_with(start) {
                Err(Error::new(ErrorKind::InvalidInput, format!("{start} fails")))
            } else {
                Ok(text + "a")
            }
        })
        .with_name(start)
    };
    let chain = refuses("bux").pipe(refuses("bar")).pipe(refuses("baz")).pipe(refuses("foo"));
    let (config, recorder) = recorded();
    let results = chain.batch(["foo", "bar", "baz", "qux"]).config(config).await;

    let messages: Vec<_> =
        results.iter().map(|result| result.as_ref().map_err(Error::message)).collect();
    assert_eq!(messages[3], Ok(&"quxaaaa".to_owned()));
    for (item, step) in ["foo", "bar", "baz"].into_iter().enumerate() {
        assert_eq!(messages[item], Err(format!("{step} fails")));
    }
    let mut seen = seen.lock().unwrap().clone();
    seen.retain(|line| line.starts_with("baz") || line.starts_with("foo"));
    assert_eq!(
        seen,
        ["baz fooaa", "foo fooaaa", "baz bazaa", "baz quxaa", "foo quxaaa"],
        "a step receives only the items that passed the steps before it"
    );
    let errors = recorder.lines().into_iter().filter(|line| line.contains("_error "));
    assert_eq!(errors.count(), 6, "each of three items has an error of a step and of the chain");
    assert_each_run_ends_once(&recorder.events());
}

#[tokio::test]
async fn a_branch_is_chosen_for_each_item() {
    let positive = try_lambda(|n: i64| match n {
        0 => Err(Error::new(ErrorKind::InvalidInput, "0 has no sign")),
        n => Ok(n > 0),
    });
    let chain = branch(positive, lambda(|n: i64| n + 1)).otherwise(lambda(|n: i64| n - 1));
    let (config, recorder) = recorded();
    let results = outcomes(chain.batch([1, -1, 0]).config(config).await);
    assert_eq!(results, [Ok(2), Ok(-2), Err(ErrorKind::InvalidInput)]);
    let ends = |line: &str| recorder.lines().iter().filter(|recorded| *recorded == line).count();
    assert_eq!(ends("on_chain_end RunnableBranch"), 2);
    assert_eq!(ends("on_chain_error RunnableBranch"), 1);
}

#[tokio::test]
async fn each_item_falls_back_independently() {
    let first = |accepts: &'static str| {
        try_lambda(move |text: String| {
            if text == accepts {
                Ok(format!("{text} by {accepts}"))
            } else {
                Err(Error::new(ErrorKind::NotFound, format!("no {accepts}")))
            }
        })
    };
    let inputs = ["foo", "bar", "baz"];
    let missing = Err(ErrorKind::NotFound);
    let found = |text: &str| Ok(format!("{text} by {text}"));
    let one = first("foo");
    assert_eq!(outcomes(one.batch(inputs).await), [found("foo"), missing.clone(), missing.clone()]);
    let two = one.with_fallback(first("bar"));
    assert_eq!(outcomes(two.batch(inputs).await), [found("foo"), found("bar"), missing.clone()]);
    let three = two.clone().with_fallback(first("baz"));
    assert_eq!(outcomes(three.batch(inputs).await), inputs.map(found));
    let picky = three.when(|error| error.message() != "no bar");
    assert_eq!(outcomes(picky.batch(inputs).await), [found("foo"), found("bar"), missing]);
}

#[tokio::test]
async fn inspect_sees_each_item_and_each_stream_once() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let look = inspect({
        let seen = Arc::clone(&seen);
        move |text: &String| seen.lock().unwrap().push(text.clone())
    });
    let chain = look.pipe(lambda(|text: String| text.len()));
    assert_eq!(chain.invoke("one").await.unwrap(), 3);
    assert_eq!(outcomes(chain.batch(["two", "three"]).await), [Ok(3), Ok(5)]);
    assert_eq!(chain.stream("four").concat().await.unwrap(), 4);
    assert_eq!(*seen.lock().unwrap(), ["one", "two", "three", "four"]);
}

/// LangChain has a rate limiter instead, which waits by polling.
#[tokio::test(start_paused = true)]
async fn a_concurrency_limit_applies_across_all_chains() {
    let model = Echo::new().slow(SECOND);
    let limited = model.to_model().with_concurrency_limit(2);
    let one = prompt("{text}").pipe(limited.clone()).pipe(text());
    let other = prompt("other {text}").pipe(limited).pipe(text());
    let start = Instant::now();
    let (batch, streamed, invoked) = tokio::join!(
        one.batch(["a", "b", "c"].map(prompt_values)),
        other.stream(prompt_values("d")).concat(),
        other.invoke(prompt_values("e")),
    );
    let expected = ["a", "b", "c"].map(|text| Ok(text.to_owned()));
    assert_eq!(outcomes(batch), expected);
    assert_eq!((streamed.unwrap(), invoked.unwrap()), ("other d".into(), "other e".into()));
    assert_eq!(model.peak(), 2);
    // There are three answers of one word and two answers of two words. Each word takes a second,
    // and two answers run at a time, so seven seconds of work take four seconds.
    assert_eq!(start.elapsed(), 4 * SECOND);
}
