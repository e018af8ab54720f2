//! Laws of errors.

use futures::StreamExt;
use runnable_chat::prelude::*;
use runnable_events::{EventData, StreamEventsExt};
use runnable_testing::{ScriptedChatModel, ScriptedReply};

use crate::parts::{SECOND, prompt_values, shout, unavailable, without_backoff};

/// Some ports convert a model's error to text, so that a caller cannot match on it.
#[tokio::test]
async fn the_kind_of_an_error_survives_every_step_and_method() {
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
        let fallback = try_lambda(|_: PromptValue| Err::<AiMessage, _>(unavailable()));
        let guarded = model.with_retry(without_backoff().max_attempts(1)).with_fallback(fallback);
        let inner = prompt("{text}").pipe(guarded).pipe(text()).with_name("inner").into_dyn();
        let asks = async_lambda(move |values: Dict, cx: RunContext| {
            let inner = inner.clone();
            async move { inner.invoke(values).config(&cx).await }
        });
        let chain = parallel_dict("answer", asks.pipe(shout())).with("input", passthrough());

        let batched = chain.batch([prompt_values("hi")]).await.remove(0);
        let items: Vec<_> = chain.stream_events(prompt_values("hi")).collect().await;
        let event = items.iter().rev().find_map(|item| match &item.as_ref().ok()?.data {
            EventData::Error { error, .. } => Some(error.clone()),
            _ => None,
        });
        for error in [
            chain.invoke(prompt_values("hi")).await.unwrap_err(),
            chain.stream(prompt_values("hi")).concat().await.unwrap_err(),
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

/// Most ports do not retry an error that a stream yields instead of its first chunk.
#[tokio::test]
async fn an_error_in_a_stream_is_retried_before_the_first_chunk() {
    let overloaded = || Error::new(ErrorKind::RateLimit, "overloaded");
    let script = ScriptedChatModel::new([
        ScriptedReply::words("lost").error_after(0, overloaded()),
        ScriptedReply::words("half an answer").error_after(3, overloaded()),
        ScriptedReply::words("a whole one"),
    ]);
    let chain = script.to_model().with_retry(without_backoff()).pipe(text());
    let items: Vec<_> = chain.stream("hi").collect().await;
    let output: String = items.iter().flatten().map(String::as_str).collect();
    assert_eq!(output, "half an", "chunks that the caller has received are not repeated");
    assert_eq!(items.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::RateLimit);
    assert_eq!(script.prompts().len(), 2);

    let script = ScriptedChatModel::new([
        ScriptedReply::words("half an answer").error_after(3, overloaded()),
        ScriptedReply::words("a whole one"),
    ]);
    let whole = script.to_model().with_retry(without_backoff()).pipe(text()).invoke("hi").await;
    assert_eq!(whole.unwrap(), "a whole one", "the caller of `invoke` has received no chunk");
}
