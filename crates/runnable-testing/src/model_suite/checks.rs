//! The checks of the model suite.

use futures_util::FutureExt;
use runnable_chat::{AiMessage, ChatModel, run_kind::CHAT_MODEL};
use runnable_core::{Error, ErrorKind, RunConfig, RunnableExt, calls::OutputStream};

use crate::EventRecorder;

const QUESTION: &str = "Hi";

/// Creates a stream of an answer, and a recorder that receives the events of the stream's run.
fn watched(model: &ChatModel) -> (OutputStream<AiMessage>, EventRecorder) {
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    (model.stream(QUESTION).config(config), recorder)
}

#[track_caller]
fn answer(result: Result<AiMessage, Error>) -> AiMessage {
    result.unwrap_or_else(|error| panic!("the model must answer, but it failed: {error:?}"))
}

/// Asserts that two answers have the same content, usage, finish reason and provider.
#[track_caller]
fn assert_same(one: &AiMessage, other: &AiMessage) {
    assert_eq!(one.content, other.content);
    assert_eq!(one.finish_reason, other.finish_reason);
    assert_eq!(one.usage, other.usage);
    assert_eq!(one.provider, other.provider);
}

/// Asserts that the recorded run has exactly one start event, and exactly one end event, which is
/// the last event.
#[track_caller]
fn assert_ended(recorder: &EventRecorder) {
    let events = recorder.events();
    let starts = events.iter().filter(|event| event.event_name().ends_with("_start")).count();
    let ends = events.iter().filter(|event| event.is_terminal()).count();
    assert_eq!((starts, ends), (1, 1), "{:?}", recorder.lines());
    assert!(events.last().is_some_and(|event| event.is_terminal()), "{:?}", recorder.lines());
}

/// Checks the name, the kind and the metadata of the model's run.
pub async fn a_run_says_what_it_is_of(model: &ChatModel) {
    let (chunks, recorder) = watched(model);
    answer(chunks.concat().await);
    let run = &recorder.events()[0].run;
    assert!(!run.name.is_empty());
    assert_eq!(run.kind, CHAT_MODEL);
    assert_eq!(run.metadata["ls_model_type"], "chat");
    let model_name = run.metadata.get("ls_model_name").and_then(|name| name.as_str());
    assert_eq!(model_name, model.model());
}

/// Checks that the merged chunks of a stream equal the answer of `invoke`.
///
/// Also checks that the stream yields nothing after its end.
pub async fn a_stream_gives_the_answer_of_an_invoked_call(model: &ChatModel) {
    let whole = answer(model.invoke(QUESTION).await);
    assert_same(&answer(model.stream(QUESTION).concat().await), &whole);

    let (mut chunks, mut text) = (model.stream(QUESTION), String::new());
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => text.push_str(&chunk.text()),
            Err(error) => panic!("the stream failed: {error:?}"),
        }
    }
    assert_eq!(text, whole.text());
    assert!(chunks.next().await.is_none(), "the stream yields a chunk after its end");
}

/// Checks that `invoke` returns the same answer if the call has a listener. With a listener, the
/// model streams.
pub async fn a_watched_call_gives_the_same_answer(model: &ChatModel) {
    let config = RunConfig::new().listener(EventRecorder::new());
    let watched = answer(model.invoke(QUESTION).config(config).await);
    assert_same(&watched, &answer(model.invoke(QUESTION).await));
}

/// Checks that there are no events if a call is dropped before its first poll.
pub async fn a_call_that_nobody_polls_is_no_run(model: &ChatModel) {
    let (chunks, recorder) = watched(model);
    drop(chunks);
    assert!(recorder.events().is_empty(), "{:?}", recorder.lines());
}

/// Checks that every run has exactly one start event and exactly one end event.
///
/// It tests runs that complete, and runs that are dropped before or after their first chunk.
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

/// Checks that dropping an answer at any time does not affect later calls.
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

/// Checks that each of several concurrent calls returns the same answer as a call that runs alone.
pub async fn calls_at_once_answer_as_alone(model: &ChatModel) {
    let alone = answer(model.invoke(QUESTION).await);
    for result in model.batch([QUESTION; 4]).await {
        assert_same(&answer(result), &alone);
    }
}

/// Checks that `invoke` and `stream` refuse an invalid option with an error that names the option.
pub async fn what_no_model_can_follow_is_refused(model: &ChatModel) {
    let model = model.clone().temperature(-1.0);
    for refused in [model.invoke(QUESTION).await, model.stream(QUESTION).concat().await] {
        let Err(error) = refused else { panic!("a negative temperature must be refused") };
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("temperature"), "{error}");
    }
}
