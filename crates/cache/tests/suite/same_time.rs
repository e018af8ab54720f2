//! Calls with the same request that run at the same time.

use std::{panic::AssertUnwindSafe, pin::pin, sync::Mutex};

use futures::{FutureExt, channel::oneshot, future::join_all};
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};

use crate::hand_driven::HandDriven;

fn cached(script: &HandDriven) -> ChatModel {
    script.to_model().with_cache(&AnswerCache::in_memory())
}

fn text_of(item: Option<Option<Result<runnable_chat::AiMessageChunk>>>) -> Option<String> {
    item.map(|chunk| chunk.unwrap().unwrap().text().into_owned())
}

#[test]
fn equal_calls_at_the_same_time_send_one_request() {
    let script = HandDriven::default();
    let model = cached(&script);
    let mut calls = pin!(join_all((0..100).map(|_| model.invoke("The capital of France?"))));

    assert!(calls.as_mut().now_or_never().is_none());
    assert_eq!(script.requests(), 1);
    script.send(0, "Paris");
    script.end(0);
    let answers = calls.now_or_never().expect("all calls have their answers");
    assert!(answers.into_iter().all(|answer| answer.unwrap().text() == "Paris"));
}

#[test]
fn a_model_that_has_the_same_cache_twice_does_not_wait_for_itself() {
    let script = HandDriven::default();
    let cache = AnswerCache::in_memory();
    let model = script.to_model().with_cache(&cache).with_cache(&cache);
    let mut calls = pin!(join_all((0..3).map(|_| model.invoke("The capital of France?"))));

    assert!(calls.as_mut().now_or_never().is_none());
    assert_eq!(script.requests(), 1);
    script.send(0, "Paris");
    script.end(0);
    let answers = calls.now_or_never().expect("all calls have their answers");
    assert!(answers.into_iter().all(|answer| answer.unwrap().text() == "Paris"));
    let again = model.invoke("The capital of France?").now_or_never();
    assert_eq!(again.expect("the answer was stored").unwrap().text(), "Paris");
    assert_eq!(script.requests(), 1);
}

#[test]
fn different_calls_at_the_same_time_do_not_share_a_request() {
    let script = HandDriven::default();
    let model = cached(&script);
    let (mut france, mut spain) = (pin!(model.invoke("France?")), pin!(model.invoke("Spain?")));
    assert!(france.as_mut().now_or_never().is_none());
    assert!(spain.as_mut().now_or_never().is_none());
    assert_eq!(script.requests(), 2);
}

#[test]
fn each_call_receives_the_chunks_as_they_arrive() {
    let script = HandDriven::default();
    let model = cached(&script);
    let (mut first, mut second) = (model.stream("Count."), model.stream("Count."));
    assert!(first.next().now_or_never().is_none());
    script.send(0, "one ");
    assert_eq!(text_of(first.next().now_or_never()).as_deref(), Some("one "));
    // A call that starts later receives the earlier chunks, too.
    assert_eq!(text_of(second.next().now_or_never()).as_deref(), Some("one "));
    assert!(second.next().now_or_never().is_none());
    script.send(0, "two");
    assert_eq!(text_of(second.next().now_or_never()).as_deref(), Some("two"));
    assert_eq!(text_of(first.next().now_or_never()).as_deref(), Some("two"));
    script.end(0);
    assert!(first.next().now_or_never().expect("the answer has ended").is_none());
    assert!(second.next().now_or_never().expect("the answer has ended").is_none());
    assert_eq!(script.requests(), 1);
}

#[test]
fn another_call_takes_over_when_the_first_is_dropped() {
    let script = HandDriven::default();
    let model = cached(&script);
    let mut first = model.stream("Count.");
    assert!(first.next().now_or_never().is_none());
    let mut second = pin!(model.invoke("Count."));
    assert!(second.as_mut().now_or_never().is_none());
    script.send(0, "one ");
    assert_eq!(text_of(first.next().now_or_never()).as_deref(), Some("one "));

    drop(first);
    assert!(!script.is_cancelled(0));
    script.send(0, "two");
    script.end(0);
    let answer = second.now_or_never().expect("the second call polls the request");
    assert_eq!(answer.unwrap().text(), "one two");
    assert_eq!(script.requests(), 1, "the request was not sent again");
}

#[test]
fn a_call_does_not_wait_for_a_call_that_is_not_polled() {
    let script = HandDriven::default();
    let model = cached(&script);
    let mut idle = model.stream("Count.");
    assert!(idle.next().now_or_never().is_none());
    let mut call = pin!(model.invoke("Count."));
    assert!(call.as_mut().now_or_never().is_none());
    script.send(0, "one");
    script.end(0);
    assert_eq!(call.now_or_never().expect("the call polls the request").unwrap().text(), "one");
    assert_eq!(text_of(idle.next().now_or_never()).as_deref(), Some("one"));
}

#[tokio::test]
async fn a_call_is_woken_after_the_call_that_polled_last_is_dropped() {
    let script = HandDriven::default();
    let model = cached(&script);
    let waiting = tokio::spawn({
        let model = model.clone();
        async move { model.invoke("Count.").await }
    });
    tokio::task::yield_now().await;
    let mut last = model.stream("Count.");
    assert!(last.next().now_or_never().is_none());
    drop(last);
    script.send(0, "one");
    script.end(0);
    assert_eq!(waiting.await.unwrap().unwrap().text(), "one");
}

#[test]
fn dropping_the_last_call_cancels_the_request() {
    let script = HandDriven::default();
    let model = cached(&script);
    let (mut first, mut second) = (model.stream("Count."), model.stream("Count."));
    assert!(first.next().now_or_never().is_none());
    assert!(second.next().now_or_never().is_none());
    drop(first);
    assert!(!script.is_cancelled(0));
    drop(second);
    assert!(script.is_cancelled(0));

    let mut later = model.stream("Count.");
    assert!(later.next().now_or_never().is_none());
    assert_eq!(script.requests(), 2, "a cancelled request is not joined");
}

#[test]
fn all_calls_receive_the_error_of_their_request_and_later_calls_do_not() {
    let script = HandDriven::default();
    let model = cached(&script);
    let mut calls = pin!(join_all((0..3).map(|_| model.invoke("Count."))));
    assert!(calls.as_mut().now_or_never().is_none());
    script.fail(0, Error::new(ErrorKind::Unavailable, "the service is busy"));
    for answer in calls.now_or_never().expect("all calls have failed") {
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert!(model.invoke("Count.").now_or_never().is_none());
    assert_eq!(script.requests(), 2);
}

/// Panics in the first request when the test says so, and answers the next requests.
#[derive(Debug)]
struct PanicsOnce(Mutex<Option<oneshot::Receiver<()>>>);

impl ChatProvider for PanicsOnce {
    fn run_name(&self) -> &str {
        "PanicsOnce"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let Some(signal) = self.0.lock().unwrap().take() else {
            return ChunkStream::once(AiMessage::new("Paris"));
        };
        let panic = async move {
            signal.await.unwrap();
            panic!("the model panics")
        };
        ChunkStream::new(futures::stream::once(panic))
    }
}

#[test]
fn a_panic_is_an_error_of_all_calls_and_the_next_call_works() {
    let (signal, receiver) = oneshot::channel();
    let model = ChatModel::new(PanicsOnce(Mutex::new(Some(receiver))));
    let model = &model.with_cache(&AnswerCache::in_memory());
    let call = || AssertUnwindSafe(model.invoke("France?")).catch_unwind();
    let mut calls = pin!(join_all([call(), call(), call()]));
    assert!(calls.as_mut().now_or_never().is_none());

    signal.send(()).unwrap();
    let answers = calls.now_or_never().expect("all calls have failed");
    // The panic reaches the call that polled the request. The others receive an error.
    let errors = answers.into_iter().flatten().map(|answer| answer.unwrap_err().kind());
    assert_eq!(errors.collect::<Vec<_>>(), [ErrorKind::Panic; 2]);
    let answer = model.invoke("France?").now_or_never().unwrap();
    assert_eq!(answer.unwrap().text(), "Paris");
}

#[tokio::test(start_paused = true)]
async fn equal_inputs_of_a_limited_batch_share_a_request() {
    let script = runnable_testing::ScriptedChatModel::from_fn(|_| {
        runnable_testing::ScriptedReply::words("one two").delay(std::time::Duration::from_millis(5))
    });
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    for limit in [1, 2, 8] {
        let input = format!("Count with {limit}.");
        let answers = model.batch(vec![input; 8]).max_concurrency(limit).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().text() == "one two"));
    }
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_open_stream_of_a_limited_call_does_not_block_an_equal_run() {
    let script = runnable_testing::ScriptedChatModel::from_fn(|_| {
        runnable_testing::ScriptedReply::words("one two").delay(std::time::Duration::from_millis(5))
    });
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    let both = async_lambda(move |question: String, cx: RunContext| {
        let model = model.clone();
        async move {
            let mut open = model.stream(question.clone()).config(&cx);
            let first = open.next().await.transpose()?.map(|chunk| chunk.text().into_owned());
            let complete = model.invoke(question).config(&cx).await?;
            drop(open);
            Ok(format!("{}|{}", first.unwrap_or_default(), complete.text()))
        }
    });
    let output = both.invoke("Count.").config(RunConfig::new().max_concurrency(1)).await.unwrap();
    assert_eq!(output, "one|one two");
    assert_eq!(script.requests().len(), 1);
}
