//! Calls from code that is not async.

use std::time::Duration;

use runnable_core::{blocking::Blocking, prelude::*};

use crate::words::{Words, shout};

#[test]
fn the_verbs_are_the_same() {
    let chain = Blocking::new(Words.pipe(shout())).unwrap();
    assert_eq!(chain.invoke("a b").unwrap(), "A B");
    let chunks: Result<Vec<_>> = chain.stream("a b").collect();
    assert_eq!(chunks.unwrap(), ["A ", "B"]);
    let results: Result<Vec<_>> = chain.batch(["a", "b"]).into_iter().collect();
    assert_eq!(results.unwrap(), ["A", "B"]);
}

#[test]
fn steps_that_wait_find_a_clock() {
    let slow = async_lambda(|text: String, _| async move {
        tokio::time::sleep(Duration::ZERO).await;
        Ok(text)
    });
    let limited = Config::new().timeout(Duration::from_secs(60));
    assert_eq!(Blocking::new(slow).unwrap().config(limited).invoke("a").unwrap(), "a");
}

#[test]
fn an_error_is_the_last_item_of_the_iterator() {
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
    let chain = Blocking::new(fail).unwrap();
    let mut chunks = chain.stream("a");
    assert!(chunks.next().unwrap().is_err());
    assert!(chunks.next().is_none());
}

#[tokio::test]
async fn inside_an_async_runtime_each_call_says_what_to_do() {
    let chain = Blocking::new(shout()).unwrap();
    let errors = [
        chain.invoke("a").unwrap_err(),
        chain.stream("a").next().unwrap().unwrap_err(),
        chain.batch(["a"]).remove(0).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains(".await"), "{error}");
    }
    // Dropped here, inside a runtime, without a panic.
    drop(chain);
}
