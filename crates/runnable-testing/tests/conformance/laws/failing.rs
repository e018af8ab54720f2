//! Errors.

use futures::StreamExt;
use runnable_chat::prelude::*;
use runnable_events::{EventData, StreamEventsExt};
use runnable_testing::{ScriptedChatModel, ScriptedReply};

use crate::parts::{SECOND, about, at_once, shout, unavailable};

/// Ports made text of a model's error, so that nobody could match on it.
#[tokio::test]
async fn the_class_of_an_error_comes_through_every_step_and_every_verb() {
    let kinds = [
        ErrorKind::Authentication,
        ErrorKind::PermissionDenied,
        ErrorKind::NotFound,
        ErrorKind::RateLimit,
        ErrorKind::Connection,
        ErrorKind::Timeout,
        ErrorKind::Unavailable,
        ErrorKind::ContextLength,
        ErrorKind::ContentFilter,
        ErrorKind::InvalidRequest,
        ErrorKind::Parse,
    ];
    for kind in kinds {
        let refused = Error::new(kind, "refused").with_retry_after(7 * SECOND);
        let answer = ScriptedReply::error(refused.clone());
        let model = ScriptedChatModel::new([answer]).repeat_last().to_model();
        let spare = try_lambda(|_: PromptValue| Err::<AiMessage, _>(unavailable()));
        let guarded = model.with_retry(at_once().max_attempts(1)).with_fallback(spare);
        let inner = prompt("{text}").pipe(guarded).pipe(text()).with_name("inner").into_dyn();
        let asks = async_lambda(move |values: Dict, cx: RunContext| {
            let inner = inner.clone();
            async move { inner.invoke(values).config(&cx).await }
        });
        let chain = parallel_dict("answer", asks.pipe(shout())).with("input", passthrough());

        let batched = chain.batch([about("hi")]).await.remove(0);
        let items: Vec<_> = chain.stream_events(about("hi")).collect().await;
        let event = items.iter().rev().find_map(|item| match &item.as_ref().ok()?.data {
            EventData::Error { error, .. } => Some(error.clone()),
            _ => None,
        });
        for error in [
            chain.invoke(about("hi")).await.unwrap_err(),
            chain.stream(about("hi")).concat().await.unwrap_err(),
            batched.unwrap_err(),
            items.last().unwrap().as_ref().unwrap_err().clone(),
            event.unwrap(),
        ] {
            assert_eq!(error.kind(), kind);
            assert_eq!(error.message(), "refused");
            assert_eq!(error.retry_after(), Some(7 * SECOND));
            assert_eq!(error.path().last(), Some("ScriptedChatModel"), "{error}");
        }
    }
}

/// Hardly anybody retries an error that comes in the stream of an answer, in place of its first
/// chunk.
#[tokio::test]
async fn an_error_within_an_answer_is_retried_if_nothing_had_come_of_it() {
    let overloaded = || Error::new(ErrorKind::RateLimit, "overloaded");
    let script = ScriptedChatModel::new([
        ScriptedReply::words("lost").error_after(0, overloaded()),
        ScriptedReply::words("half an answer").error_after(3, overloaded()),
        ScriptedReply::words("a whole one"),
    ]);
    let chain = script.to_model().with_retry(at_once()).pipe(text());
    let items: Vec<_> = chain.stream("hi").collect().await;
    let said: String = items.iter().flatten().map(String::as_str).collect();
    assert_eq!(said, "half an", "what was seen is not taken back");
    assert_eq!(items.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::RateLimit);
    assert_eq!(script.prompts().len(), 2);

    let script = ScriptedChatModel::new([
        ScriptedReply::words("half an answer").error_after(3, overloaded()),
        ScriptedReply::words("a whole one"),
    ]);
    let whole = script.to_model().with_retry(at_once()).pipe(text()).invoke("hi").await;
    assert_eq!(whole.unwrap(), "a whole one", "an invoked one has shown nothing");
}
