//! Blocking calls from code that is not async.

use std::time::Duration;

use runnable_core::{blocking::Blocking, prelude::*};

use crate::{
    depths::nested,
    words::{Words, shout},
};

#[test]
fn blocking_calls_return_the_same_as_async_calls() {
    let chain = Blocking::new(Words.pipe(shout())).unwrap();
    assert_eq!(chain.invoke("a b").unwrap(), "A B");
    let chunks: Result<Vec<_>> = chain.stream("a b").collect();
    assert_eq!(chunks.unwrap(), ["A ", "B"]);
    let results: Result<Vec<_>> = chain.batch(["a", "b"]).into_iter().collect();
    assert_eq!(results.unwrap(), ["A", "B"]);
}

#[test]
fn blocking_calls_have_a_timer() {
    let slow = async_lambda(|text: String, _| async move {
        tokio::time::sleep(Duration::ZERO).await;
        Ok(text)
    });
    let limited = RunConfig::new().timeout(Duration::from_secs(60));
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

/// Returns the result of each kind of call.
fn verbs(chain: &Blocking<impl Runnable<Input = String, Output = String>>) -> [Result<String>; 3] {
    let chunks: Result<String> = chain.stream("a").collect();
    [chain.invoke("a"), chunks, chain.batch(["a"]).remove(0)]
}

fn assert_blocks() {
    let chain = Blocking::new(shout()).unwrap();
    assert_eq!(verbs(&chain).map(Result::unwrap), ["A", "A", "A"]);
}

fn assert_refused() {
    let chain = Blocking::new(shout()).unwrap();
    for error in verbs(&chain).map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("`.await`"), "{error}");
    }
    // The step is dropped here, inside a runtime, without a panic.
    drop(chain);
}

#[test]
fn blocking_works_in_a_plain_thread() {
    assert_blocks();
    std::thread::spawn(assert_blocks).join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn blocking_works_in_spawn_blocking() {
    tokio::task::spawn_blocking(assert_blocks).await.unwrap();
}

#[tokio::test]
async fn blocking_works_in_spawn_blocking_of_one_thread() {
    tokio::task::spawn_blocking(assert_blocks).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn blocking_works_in_block_in_place() {
    tokio::task::block_in_place(assert_blocks);
    tokio::spawn(async { tokio::task::block_in_place(assert_blocks) }).await.unwrap();
    assert_refused();
}

#[test]
fn blocking_works_with_an_entered_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _entered = runtime.enter();
    assert_blocks();
}

#[tokio::test]
async fn blocking_is_refused_in_async_code_of_one_thread() {
    assert_refused();
    tokio::spawn(async { assert_refused() }).await.unwrap();
    tokio::task::unconstrained(async { assert_refused() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn blocking_is_refused_in_async_code_of_several_threads() {
    assert_refused();
    tokio::spawn(async { assert_refused() }).await.unwrap();
    tokio::spawn(tokio::task::unconstrained(async { assert_refused() })).await.unwrap();
    // No scheduler polls the main future.
    tokio::task::unconstrained(async { assert_refused() }).await;
}

#[tokio::test]
async fn blocking_is_refused_in_a_local_set() {
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async { tokio::task::spawn_local(async { assert_refused() }).await })
        .await
        .unwrap();
}

#[test]
fn blocking_is_refused_inside_another_blocking_call() {
    let outer = async_lambda(|text: String, _| async move {
        assert_refused();
        tokio::task::spawn_blocking(assert_blocks).await.map_err(Error::other)?;
        Ok(text)
    });
    assert_eq!(Blocking::new(outer).unwrap().invoke("a").unwrap(), "a");
}

#[tokio::test]
async fn a_refused_call_leaves_the_task_running() {
    assert_refused();
    // The refused call has used up the cooperative budget of the task, so the task yields and then
    // continues.
    tokio::sync::Semaphore::new(1).acquire().await.unwrap().forget();
    tokio::task::yield_now().await;
    assert_refused();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_call_in_a_deep_run_can_be_a_child_of_it() {
    for verb in 0..3 {
        let blocks = async_lambda(move |n: u64, cx: RunContext| async move {
            tokio::task::block_in_place(|| {
                let add_one = Blocking::new(nested(40, lambda(|n: u64| n + 1)))?.config(&cx);
                match verb {
                    0 => add_one.invoke(n),
                    1 => add_one.stream(n).sum(),
                    _ => add_one.batch([n]).remove(0),
                }
            })
        });
        let config = RunConfig::new().recursion_limit(200);
        let call = tokio::spawn(nested(40, blocks).invoke(1u64).config(config));
        assert_eq!(call.await.unwrap().unwrap(), 2);
    }
}
