//! The checks, one by one.

use futures_util::FutureExt;
use runnable_chat::{AiMessage, ChatModel, run_kind::CHAT_MODEL};
use runnable_core::{Error, ErrorKind, RunConfig, RunnableExt, calls::OutputStream};

use crate::EventRecorder;

const QUESTION: &str = "Hi";

/// A stream whose runs are recorded.
fn watched(model: &ChatModel) -> (OutputStream<AiMessage>, EventRecorder) {
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    (model.stream(QUESTION).config(config), recorder)
}

#[track_caller]
fn answer(result: Result<AiMessage, Error>) -> AiMessage {
    result.unwrap_or_else(|error| panic!("the model did not answer: {error:?}"))
}

/// The same content, count, and reason to stop.
#[track_caller]
fn assert_same(one: &AiMessage, other: &AiMessage) {
    assert_eq!(one.content, other.content);
    assert_eq!(one.finish_reason, other.finish_reason);
    assert_eq!(one.usage, other.usage);
    assert_eq!(one.provider, other.provider);
}

/// Every run that was recorded has one start, and then one end.
#[track_caller]
fn assert_ended(recorder: &EventRecorder) {
    let events = recorder.events();
    let starts = events.iter().filter(|event| event.event_name().ends_with("_start")).count();
    let ends = events.iter().filter(|event| event.is_terminal()).count();
    assert_eq!((starts, ends), (1, 1), "{:?}", recorder.lines());
    assert!(events.last().is_some_and(|event| event.is_terminal()), "{:?}", recorder.lines());
}

/// The run of a model has a name and the kind of chat models, and says which model it is of.
pub async fn a_run_says_what_it_is_of(model: &ChatModel) {
    let (chunks, recorder) = watched(model);
    answer(chunks.concat().await);
    let run = &recorder.events()[0].run;
    assert!(!run.name.is_empty());
    assert_eq!(run.kind, CHAT_MODEL);
    assert_eq!(run.metadata["ls_model_type"], "chat");
    let named = run.metadata.get("ls_model_name").and_then(|name| name.as_str());
    assert_eq!(named, model.model());
}

/// Merged, the chunks of a stream are what an invoked call gives. After the last comes no other.
pub async fn a_stream_gives_the_answer_of_an_invoked_call(model: &ChatModel) {
    let whole = answer(model.invoke(QUESTION).await);
    assert_same(&answer(model.stream(QUESTION).concat().await), &whole);

    let (mut chunks, mut text) = (model.stream(QUESTION), String::new());
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => text.push_str(&chunk.text()),
            Err(error) => panic!("the stream broke off: {error:?}"),
        }
    }
    assert_eq!(text, whole.text());
    assert!(chunks.next().await.is_none(), "a stream that has ended goes on");
}

/// An invoked model may be streamed if somebody watches; its answer does not change by that.
pub async fn a_watched_call_gives_the_same_answer(model: &ChatModel) {
    let config = RunConfig::new().listener(EventRecorder::new());
    let watched = answer(model.invoke(QUESTION).config(config).await);
    assert_same(&watched, &answer(model.invoke(QUESTION).await));
}

/// A call that is dropped before it is polled has not begun.
pub async fn a_call_that_nobody_polls_is_no_run(model: &ChatModel) {
    let (chunks, recorder) = watched(model);
    drop(chunks);
    assert!(recorder.events().is_empty(), "{:?}", recorder.lines());
}

/// A run that has started ends once: when the answer does, or when it is dropped, whether anything
/// has come by then or not.
pub async fn every_run_has_one_start_and_one_end(model: &ChatModel) {
    let (chunks, recorder) = watched(model);
    answer(chunks.concat().await);
    assert_ended(&recorder);

    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    answer(model.invoke(QUESTION).config(config).await);
    assert_ended(&recorder);

    let (mut chunks, recorder) = watched(model);
    let first = chunks.next().await;
    assert!(matches!(first, Some(Ok(_))), "{first:?}");
    drop(chunks);
    assert_ended(&recorder);

    let (mut chunks, recorder) = watched(model);
    let _ = chunks.next().now_or_never();
    drop(chunks);
    assert_ended(&recorder);
}

/// An answer that is dropped, at any time, changes nothing for the calls after it.
pub async fn a_dropped_answer_leaves_the_model_as_it_was(model: &ChatModel) {
    let before = answer(model.invoke(QUESTION).await);
    for chunks in 0..3 {
        let mut dropped = model.stream(QUESTION);
        let _ = dropped.next().now_or_never();
        for _ in 0..chunks {
            let _ = dropped.next().await;
        }
    }
    assert_same(&answer(model.invoke(QUESTION).await), &before);
}

/// Calls at once do not mix.
pub async fn calls_at_once_answer_as_alone(model: &ChatModel) {
    let alone = answer(model.invoke(QUESTION).await);
    for result in model.batch([QUESTION; 4]).await {
        assert_same(&answer(result), &alone);
    }
}

/// What no model can follow is refused, invoked and streamed, and the error says which option it is.
pub async fn what_no_model_can_follow_is_refused(model: &ChatModel) {
    let model = model.clone().temperature(-1.0);
    for refused in [model.invoke(QUESTION).await, model.stream(QUESTION).concat().await] {
        let Err(error) = refused else { panic!("a temperature below zero was taken") };
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("temperature"), "{error}");
    }
}
