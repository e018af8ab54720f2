//! Answers in a file.

use runnable_cache::{AnswerCache, CacheExt, RedbStore};
use runnable_chat::{AiMessageChunk, prelude::*};
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use tempfile::tempdir;

fn echo() -> ScriptedChatModel {
    ScriptedChatModel::from_fn(|request| request.prompt.text().into_owned())
}

#[tokio::test]
async fn answers_are_found_after_the_file_was_closed_and_opened() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("answers.redb");
    let chunk = AiMessageChunk::new("Paris")
        .with_id("msg_1")
        .with_model("small")
        .with_finish_reason(FinishReason::Stop)
        .with_usage(Usage::new(10, 2).with_reasoning(1));
    let script = ScriptedChatModel::new([ScriptedReply::message_chunks([chunk])]);
    let first = {
        let cache = AnswerCache::new(RedbStore::open(&path, 1 << 20).unwrap());
        script.to_model().with_cache(&cache).invoke("France?").await.unwrap()
    };
    let cache = AnswerCache::new(RedbStore::open(&path, 1 << 20).unwrap());
    let second = script.to_model().with_cache(&cache).invoke("France?").await.unwrap();
    let usage = first.usage.unwrap().marked_as_cached();
    let mut expected = first;
    expected.usage = Some(usage);
    assert_eq!(second, expected);
}

#[tokio::test]
async fn the_oldest_answers_are_removed_from_a_full_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("answers.redb");
    let script = echo();
    {
        let cache = AnswerCache::new(RedbStore::open(&path, 10_000).unwrap());
        let model = script.to_model().with_cache(&cache);
        for number in 0..100 {
            model.invoke(format!("question {number}")).await.unwrap();
        }
        model.invoke("question 99").await.unwrap();
        assert_eq!(script.requests().len(), 100);
        model.invoke("question 0").await.unwrap();
        assert_eq!(script.requests().len(), 101);
    }
    let bytes = RedbStore::open(&path, 10_000).unwrap().bytes().unwrap();
    assert!((5_000..=10_000).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn a_cleared_file_has_no_answers() {
    let folder = tempdir().unwrap();
    let cache = AnswerCache::new(RedbStore::open(folder.path().join("a.redb"), 10_000).unwrap());
    let script = echo();
    let model = script.to_model().with_cache(&cache);
    model.invoke("France?").await.unwrap();
    cache.clear().await.unwrap();
    model.invoke("France?").await.unwrap();
    model.invoke("France?").await.unwrap();
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_can_store_answers_at_the_same_time() {
    let folder = tempdir().unwrap();
    let cache = AnswerCache::new(RedbStore::open(folder.path().join("a.redb"), 1 << 20).unwrap());
    let script = echo();
    let model = script.to_model().with_cache(&cache);
    let questions: Vec<_> = (0..100).map(|number| format!("question {number}")).collect();
    for _ in 0..2 {
        let tasks: Vec<_> = questions
            .iter()
            .map(|question| {
                let (model, question) = (model.clone(), question.clone());
                tokio::spawn(async move { model.invoke(question).await })
            })
            .collect();
        for (task, question) in tasks.into_iter().zip(&questions) {
            assert_eq!(task.await.unwrap().unwrap().text(), question.as_str());
        }
    }
    assert_eq!(script.requests().len(), 100);
}

#[test]
fn an_invalid_file_is_an_error_that_names_it() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "not a database").unwrap();
    let error = RedbStore::open(&path, 1 << 20).unwrap_err();
    assert!(error.message().contains("notes.txt"), "{error}");
}
