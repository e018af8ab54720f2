//! Which answers a cache keeps, and for how long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use runnable_cache::{
    AnswerCache, CacheExt, CacheKey, CacheStore, CachedAnswer, CachedValue, InMemoryStore,
};
use runnable_chat::{AiMessageChunk, prelude::*};
use runnable_events::EventData;
use runnable_testing::{EventRecorder, ScriptedChatModel, ScriptedReply, ScriptedTextModel};

use crate::hand_driven::HandDriven;

#[tokio::test]
async fn invoked_streamed_and_batched_calls_share_their_answers() {
    let script = ScriptedChatModel::new(["Paris", "Madrid", "Rome"]);
    let model = script.to_model().with_cache(&AnswerCache::in_memory());

    assert_eq!(model.invoke("France?").await.unwrap().text(), "Paris");
    assert_eq!(model.stream("France?").concat().await.unwrap().text(), "Paris");
    assert_eq!(model.stream("Spain?").concat().await.unwrap().text(), "Madrid");
    let answers = model.batch(["Spain?", "Italy?", "France?"]).await;
    let texts: Vec<_> =
        answers.into_iter().map(|answer| answer.unwrap().text().into_owned()).collect();
    assert_eq!(texts, ["Madrid", "Rome", "Paris"]);
    assert_eq!(model.invoke("Italy?").await.unwrap().text(), "Rome");
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test]
async fn an_answer_with_tool_calls_is_the_same_from_the_cache() {
    let calls = ScriptedReply::tool_call("add", serde_json::json!({"a": 1, "b": 2}));
    let script = ScriptedChatModel::new([calls]);
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    let first = model.invoke("1 + 2?").await.unwrap();
    let second = model.invoke("1 + 2?").await.unwrap();
    let streamed = model.stream("1 + 2?").concat().await.unwrap();
    assert_eq!(second.content, first.content);
    assert_eq!(streamed, second);
}

#[tokio::test]
async fn errors_are_not_kept() {
    let busy = || Error::new(ErrorKind::Unavailable, "the service is busy");
    let breaks = ScriptedReply::words("Par is").error_after(1, busy());
    let script = ScriptedChatModel::new([ScriptedReply::error(busy()), breaks, "Paris".into()]);
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    assert!(model.invoke("France?").await.is_err());
    assert!(model.stream("France?").concat().await.is_err());
    assert_eq!(model.invoke("France?").await.unwrap().text(), "Paris");
    assert_eq!(model.invoke("France?").await.unwrap().text(), "Paris");
}

#[tokio::test]
async fn incomplete_answers_are_not_kept() {
    let ends_with = |reason: &str| {
        let chunk = AiMessageChunk::new("Par").with_raw_finish_reason(reason);
        ScriptedReply::message_chunks([chunk])
    };
    for reason in ["length", "content_filter", "pause_turn", "error", "unknown"] {
        let script = ScriptedChatModel::new([ends_with(reason), ends_with("stop")]);
        let model = script.to_model().with_cache(&AnswerCache::in_memory());
        for _ in 0..3 {
            model.invoke("France?").await.unwrap();
        }
        assert_eq!(script.requests().len(), 2, "an answer that ended with {reason} was kept");
    }
}

#[test]
fn an_answer_whose_call_was_dropped_is_not_kept() {
    let script = HandDriven::default();
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    let mut call = model.stream("Count.");
    assert!(call.next().now_or_never().is_none());
    script.send(0, "one");
    assert!(call.next().now_or_never().is_some());
    drop(call);
    assert!(model.stream("Count.").next().now_or_never().is_none());
    assert_eq!(script.requests(), 2);
}

#[tokio::test]
async fn an_answer_is_used_until_its_time_to_live_has_passed() {
    let script = ScriptedChatModel::new(["old", "new"]);
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&seconds);
    let cache =
        AnswerCache::in_memory().time_to_live(Duration::from_secs(60)).with_clock(move || {
            SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst))
        });
    let model = script.to_model().with_cache(&cache);
    assert_eq!(model.invoke("News?").await.unwrap().text(), "old");
    seconds.store(59, Ordering::SeqCst);
    assert_eq!(model.invoke("News?").await.unwrap().text(), "old");
    seconds.store(60, Ordering::SeqCst);
    assert_eq!(model.invoke("News?").await.unwrap().text(), "new");
    seconds.store(119, Ordering::SeqCst);
    assert_eq!(model.invoke("News?").await.unwrap().text(), "new");
}

#[tokio::test]
async fn namespaces_do_not_share_answers() {
    let script = ScriptedChatModel::new(["for Ada", "for Bob"]);
    let cache = AnswerCache::in_memory();
    let ada = script.to_model().with_cache(&cache.clone().with_namespace("ada"));
    let bob = script.to_model().with_cache(&cache.with_namespace("bob"));
    assert_eq!(ada.invoke("Hi").await.unwrap().text(), "for Ada");
    assert_eq!(bob.invoke("Hi").await.unwrap().text(), "for Bob");
    assert_eq!(ada.invoke("Hi").await.unwrap().text(), "for Ada");
}

#[tokio::test]
async fn answers_that_a_rule_excludes_are_not_kept() {
    let script = ScriptedChatModel::new(["Sorry", "{}"]);
    let cache = AnswerCache::in_memory().keep_if(|value| match value {
        CachedValue::Chat(answer) => answer.text().starts_with('{'),
        _ => true,
    });
    let model = script.to_model().with_cache(&cache);
    let texts = [(); 3].map(|()| model.invoke("JSON?"));
    for (call, expected) in texts.into_iter().zip(["Sorry", "{}", "{}"]) {
        assert_eq!(call.await.unwrap().text(), expected);
    }
}

#[tokio::test]
async fn the_number_of_answers_is_printed() {
    let model = ScriptedChatModel::new(["Paris"]).to_model();
    let cache = AnswerCache::in_memory();
    model.with_cache(&cache).invoke("France?").await.unwrap();
    let printed = format!("{cache:?}");
    assert!(printed.contains("answers: 1"), "{printed}");
}

#[tokio::test]
async fn a_cleared_cache_has_no_answers() {
    let script = ScriptedChatModel::new(["one", "two"]);
    let cache = AnswerCache::in_memory();
    let model = script.to_model().with_cache(&cache);
    assert_eq!(model.invoke("Hi").await.unwrap().text(), "one");
    cache.clear().await.unwrap();
    assert_eq!(model.invoke("Hi").await.unwrap().text(), "two");
}

#[tokio::test]
async fn a_store_in_memory_keeps_its_size_limit_and_the_newest_answers() {
    let store = Arc::new(InMemoryStore::new(20_000));
    let script = ScriptedChatModel::from_fn(|request| request.prompt.text().into_owned());
    let model = script.to_model().with_cache(&AnswerCache::new(Shared(Arc::clone(&store))));
    for number in 0..200 {
        model.invoke(format!("question {number}")).await.unwrap();
        assert!(store.bytes() <= 20_000);
    }
    assert!(store.bytes() > 10_000);
    model.invoke("question 199").await.unwrap();
    assert_eq!(script.requests().len(), 200);
    model.invoke("question 0").await.unwrap();
    assert_eq!(script.requests().len(), 201);
}

/// A store that a test can still read.
#[derive(Debug)]
struct Shared(Arc<InMemoryStore>);

impl CacheStore for Shared {
    fn lookup(&self, key: &CacheKey) -> BoxFuture<'static, Result<Option<Arc<CachedAnswer>>>> {
        self.0.lookup(key)
    }

    fn update(&self, key: CacheKey, answer: Arc<CachedAnswer>) -> BoxFuture<'static, Result<()>> {
        self.0.update(key, answer)
    }

    fn clear(&self) -> BoxFuture<'static, Result<()>> {
        self.0.clear()
    }
}

/// A store that always fails.
#[derive(Debug)]
struct Broken;

fn broken<T: Send + 'static>() -> BoxFuture<'static, Result<T>> {
    ready(Err(Error::new(ErrorKind::Connection, "the store is broken"))).boxed()
}

impl CacheStore for Broken {
    fn lookup(&self, _: &CacheKey) -> BoxFuture<'static, Result<Option<Arc<CachedAnswer>>>> {
        broken()
    }

    fn update(&self, _: CacheKey, _: Arc<CachedAnswer>) -> BoxFuture<'static, Result<()>> {
        broken()
    }

    fn clear(&self) -> BoxFuture<'static, Result<()>> {
        broken()
    }
}

/// Returns the outcomes that the cache has reported.
fn outcomes(recorder: &EventRecorder) -> Vec<String> {
    let reports = recorder.details().into_iter().filter_map(|event| match event.data {
        EventData::Report { name, data, .. } if name == "cache" => Some(data),
        _ => None,
    });
    reports.map(|report| report["outcome"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_broken_store_does_not_fail_a_call_and_is_reported() {
    let script = ScriptedChatModel::new(["Paris"]);
    let model = script.to_model().with_cache(&AnswerCache::new(Broken));
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    assert_eq!(model.invoke("France?").config(config).await.unwrap().text(), "Paris");
    assert_eq!(outcomes(&recorder), ["lookup_failed", "miss", "update_failed"]);
}

#[tokio::test]
async fn events_contain_whether_an_answer_came_from_the_cache() {
    let script = ScriptedChatModel::new(["Paris"]);
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    model.invoke("France?").config(config.clone()).await.unwrap();
    model.stream("France?").config(config).concat().await.unwrap();
    assert_eq!(outcomes(&recorder), ["miss", "hit"]);
}

#[tokio::test]
async fn answers_of_text_models_are_kept() {
    let script = ScriptedTextModel::new(["a time"]);
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    assert_eq!(model.invoke("once upon").await.unwrap(), "a time");
    assert_eq!(model.stream("once upon").concat().await.unwrap(), "a time");
    assert_eq!(script.requests().len(), 1);
}
