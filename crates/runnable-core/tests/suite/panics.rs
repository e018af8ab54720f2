//! Steps that panic while other steps run.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt, StreamExt};
use runnable_core::{StepInfo, prelude::*};

use crate::{
    recorder::{EventData, Recorder},
    words::Words,
};

/// A step that panics at an odd number.
fn even() -> impl Runnable<Input = u64, Output = u64> {
    let even = lambda(|n: u64| match n % 2 {
        0 => n,
        _ => panic!("{n} is odd"),
    });
    even.with_name("even")
}

fn assert_panic(error: &Error, message: &str, path: &[&str]) {
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert_eq!(error.message(), format!("the step panicked: {message}"));
    assert_eq!(error.path().collect::<Vec<_>>(), path);
}

#[tokio::test]
async fn a_panic_of_an_input_is_its_error() {
    let chain = passthrough().pipe(even());
    let path = ["RunnableSequence", "even"];
    for limit in [1, 4] {
        let results = chain.batch([0u64, 1, 2, 3]).max_concurrency(limit).await;
        assert_eq!((results[0].as_ref().unwrap(), results[2].as_ref().unwrap()), (&0, &2));
        assert_panic(results[1].as_ref().unwrap_err(), "1 is odd", &path);
        assert_panic(results[3].as_ref().unwrap_err(), "3 is odd", &path);

        let completed = chain.batch_as_completed([0u64, 1, 2]).max_concurrency(limit);
        let results: Vec<_> = completed.collect().await;
        assert_eq!(results.iter().filter(|(_, result)| result.is_ok()).count(), 2);
        let (_, failed) = results.iter().find(|(index, _)| *index == 1).unwrap();
        assert_panic(failed.as_ref().unwrap_err(), "1 is odd", &path);
    }
}

#[cfg(feature = "blocking")]
#[test]
fn a_panic_of_an_input_of_a_blocking_batch_is_its_error() {
    let results = runnable_core::blocking::Blocking::new(even()).unwrap().batch([1u64, 2]);
    assert_panic(results[0].as_ref().unwrap_err(), "1 is odd", &["even"]);
    assert_eq!(results[1].as_ref().unwrap(), &2);
}

#[tokio::test]
async fn the_runs_of_an_item_that_panics_end_with_one_error_each() {
    let recorder = Recorder::default();
    let chain = passthrough().pipe(even());
    let config = RunConfig::new().listener(recorder.clone()).run_name("item");
    let results = chain.batch([1u64]).config(config).await;
    assert_panic(results[0].as_ref().unwrap_err(), "1 is odd", &["item", "even"]);
    for name in ["item", "even"] {
        let [EventData::Start(_), EventData::Error(error, _)] = &recorder.of(name)[..] else {
            panic!("{name}: {:?}", recorder.of(name));
        };
        assert_eq!(error.kind(), ErrorKind::Panic);
    }
}

#[tokio::test]
async fn a_panic_before_the_future_exists_is_an_error_of_its_input() {
    #[derive(Clone)]
    struct Eager;
    impl Runnable for Eager {
        type Input = u64;
        type Output = u64;

        fn run(&self, _: u64, _: RunContext) -> impl Future<Output = Result<u64>> + Send {
            assert!(std::hint::black_box(false), "at once");
            async { Ok(0) }
        }
    }
    let results = Eager.batch([0u64]).await;
    assert_eq!(results[0].as_ref().unwrap_err().kind(), ErrorKind::Panic);
    assert_eq!(results[0].as_ref().unwrap_err().message(), "the step panicked: at once");
}

#[tokio::test]
async fn a_panic_of_an_item_is_the_error_of_each() {
    let recorder = Recorder::default();
    let stuck = async_lambda(|n: u64, _| async move {
        match n {
            0 => std::future::pending().await,
            1 => panic!("one"),
            n => Ok(n),
        }
    });
    let list = stuck.with_name("item").each();
    let config = || RunConfig::new().listener(recorder.clone());
    let invoked = list.invoke(vec![0u64, 1, 2]).config(config()).await.unwrap_err();
    assert_panic(&invoked, "one", &["RunnableEach<item>", "item"]);
    let last = recorder.of("item").last().cloned().unwrap();
    assert!(matches!(last, EventData::Cancelled(_)), "the others are cancelled: {last:?}");
    let streamed = list.stream(vec![0u64, 1, 2]).concat().await.unwrap_err();
    assert_panic(&streamed, "one", &["RunnableEach<item>", "item"]);
}

#[tokio::test]
async fn a_panic_outside_a_batch_and_a_list_propagates() {
    let both = parallel((even(), even()));
    let invoked = AssertUnwindSafe(both.invoke(1u64)).catch_unwind().await;
    assert!(invoked.is_err());
    let streamed = AssertUnwindSafe(both.stream(1u64).concat()).catch_unwind().await;
    assert!(streamed.is_err());
}

#[tokio::test]
async fn a_panic_that_was_caught_elsewhere_leaves_no_trace() {
    let caught = AssertUnwindSafe(even().with_name("other").invoke(1u64)).catch_unwind().await;
    assert!(caught.is_err());
    let results = even().batch([1u64]).await;
    assert_panic(results[0].as_ref().unwrap_err(), "1 is odd", &["even"]);
    assert_eq!(Words.batch(["a"]).await[0].as_deref().unwrap(), "a");
}

#[tokio::test]
async fn a_panic_of_info_is_an_error_of_every_input() {
    #[derive(Clone)]
    struct Shy;
    impl Runnable for Shy {
        type Input = u64;
        type Output = u64;

        async fn run(&self, n: u64, _: RunContext) -> Result<u64> {
            Ok(n)
        }

        fn info(&self) -> StepInfo {
            panic!("no name")
        }
    }
    let results = Shy.batch([1u64, 2]).await;
    assert_eq!(results.len(), 2);
    for error in results.into_iter().map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert_eq!(error.message(), "the step panicked: no name");
    }
}

#[tokio::test]
async fn the_event_of_a_panic_contains_its_message() {
    let panics = |text: String| lambda(move |_: u64| -> u64 { panic!("{text}") });
    for streamed in [false, true] {
        let recorder = Recorder::default();
        let config = RunConfig::new().listener(recorder.clone());
        let chain = passthrough().pipe(panics("deep down".into()).with_name("panics"));
        let caught = if streamed {
            let call = chain.stream(1u64).config(config).concat();
            AssertUnwindSafe(call).catch_unwind().await.is_err()
        } else {
            AssertUnwindSafe(chain.invoke(1u64).config(config).into_future())
                .catch_unwind()
                .await
                .is_err()
        };
        assert!(caught);
        let messages = recorder.errors();
        assert_eq!(messages, ["the step panicked: deep down"; 2], "streamed: {streamed}");
    }
}

#[tokio::test]
async fn a_long_panic_message_is_truncated() {
    let panics = lambda(|_: u64| -> u64 { panic!("{}", "é".repeat(5_000)) });
    let error = panics.batch([1u64]).await.remove(0).unwrap_err();
    assert_eq!(error.message(), format!("the step panicked: {}…", "é".repeat(1_000)));
}
