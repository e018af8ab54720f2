//! Calls that share a request, under a concurrency limit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::join_all};
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::prelude::*;
use runnable_rate_limit::{ModelRateLimitExt, RateLimiter};
use runnable_testing::{EventRecorder, ScriptedChatModel};
use tokio::time::{Instant, sleep, timeout};

use crate::calling_steps::CallsSteps;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns a step that works for a second, and counts its calls.
fn slow_word(calls: &Arc<AtomicUsize>) -> DynRunnable<u64, String> {
    let calls = Arc::clone(calls);
    let step = async_lambda(move |number: u64, _| {
        calls.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(SECOND).await;
            Ok(format!("{number} "))
        }
    });
    step.with_name("word").into_dyn()
}

#[tokio::test(start_paused = true)]
async fn the_steps_of_a_shared_request_get_permits() {
    for limit in 1..4 {
        let calls = Arc::default();
        let provider = CallsSteps::new(slow_word(&calls)).pausing(SECOND);
        let model = ChatModel::new(provider).with_cache(&AnswerCache::in_memory());
        let batch = model.batch(vec!["Count."; 5]).max_concurrency(limit);
        let answers = timeout(DAY, batch).await.expect("the batch does not deadlock");
        assert!(answers.into_iter().all(|answer| answer.unwrap().text() == "0 1 2 "));
        assert_eq!(calls.load(Ordering::SeqCst), 3, "one request was sent");
    }
}

#[tokio::test(start_paused = true)]
async fn equal_runs_side_by_side_leave_permits_for_the_steps_of_their_request() {
    let calls = Arc::default();
    let model = ChatModel::new(CallsSteps::new(slow_word(&calls)));
    let model = model.with_cache(&AnswerCache::in_memory());
    let at_once = async_lambda(move |question: String, cx: RunContext| {
        let calls: Vec<_> = (0..4).map(|_| model.invoke(question.clone()).config(&cx)).collect();
        async move { join_all(calls).await.into_iter().collect::<Result<Vec<_>>>() }
    });
    let at_once = at_once.pipe(lambda(|answers: Vec<AiMessage>| answers.len()));
    for limit in 1..4 {
        let config = RunConfig::new().max_concurrency(limit);
        let call = at_once.invoke(format!("Count with {limit}.")).config(config);
        let count = timeout(DAY, call).await.expect("the call does not deadlock");
        assert_eq!(count.unwrap(), 4);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 9, "three requests were sent");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_the_request_of_another_call_holds_no_permit() {
    let limiter = RateLimiter::new().requests_per_minute(1);
    let script = ScriptedChatModel::from_fn(|_| "ok");
    let model = script.to_model().with_rate_limiter(&limiter);
    let model = model.with_cache(&AnswerCache::in_memory());
    model.invoke("first").await.unwrap();
    let start = Instant::now();
    let works = async_lambda(move |_: PromptValue, _: RunContext| async move {
        sleep(10 * SECOND).await;
        Ok(start.elapsed().as_secs())
    });
    let all = parallel((model.clone(), model, works));
    let config = RunConfig::new().max_concurrency(1);
    let (first, second, worked_until) = all.invoke("second").config(config).await.unwrap();
    assert_eq!((&*first.text(), &*second.text()), ("ok", "ok"));
    assert_eq!((worked_until, start.elapsed().as_secs()), (10, 60));
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_request_continues_with_permits_of_the_call_that_sent_it() {
    let provider = CallsSteps::new(slow_word(&Arc::default()));
    let model = ChatModel::new(provider).with_cache(&AnswerCache::in_memory());
    let config = RunConfig::new().max_concurrency(1);
    let mut first = model.stream("Count.").config(config.clone());
    assert_eq!(first.next().await.unwrap().unwrap().text(), "0 ");
    // The second call polls the request, because the first call is not polled.
    let second = timeout(DAY, model.invoke("Count.").config(config)).await;
    assert_eq!(second.expect("no deadlock").unwrap().text(), "0 1 2 ");
    assert_eq!(first.concat().await.unwrap().text(), "1 2 ");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_the_context_of_its_step_does_not_wait_for_the_permit_of_the_step() {
    let provider = CallsSteps::new(slow_word(&Arc::default())).pausing(SECOND);
    let model = ChatModel::new(provider).with_cache(&AnswerCache::in_memory());
    let step = async_lambda(move |question: String, cx: RunContext| {
        let first = model.clone().with_timeout(SECOND).invoke(question.clone()).config(&cx);
        let apart = model.invoke(question);
        async move { futures::join!(first, apart).1 }
    });
    let call = step.pipe(text()).invoke("Count.").config(RunConfig::new().max_concurrency(1));
    let answer = timeout(DAY, call).await.expect("the call does not deadlock");
    assert_eq!(answer.unwrap(), "0 1 2 ");
}

#[tokio::test(start_paused = true)]
async fn steps_end_with_the_call_that_has_called_them() {
    let calls = Arc::default();
    let provider = CallsSteps::new(slow_word(&calls));
    let model = ChatModel::new(provider).with_cache(&AnswerCache::in_memory());
    let recorder = EventRecorder::new();
    let first = model.invoke("Count.").config(RunConfig::new().listener(recorder.clone()));
    let mut first = Box::pin(first);
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(model.invoke("Count."));
    assert!(second.as_mut().now_or_never().is_none());
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    drop(first);
    let seen = [
        "on_chat_model_start CallsSteps",
        "on_chain_start word",
        "on_chain_cancelled word",
        "on_chat_model_cancelled CallsSteps",
    ];
    assert_eq!(recorder.lines(), seen);
    // The request continues for the second call, without the listeners of the first call.
    assert_eq!(second.await.unwrap().text(), "0 1 2 ");
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert_eq!(recorder.lines(), seen);
}
