//! Recordings as tests: scripted models from a recording, and the comparison of runs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::StreamExt;
use runnable_chat::prelude::*;
use runnable_events::{Recording, Replay};
use runnable_testing::{
    EventRecorder, ScriptedChatModel, ScriptedEmbeddings, ScriptedReply, ScriptedTextModel,
    assert_same_run,
};
use serde_json::json;

async fn recorded<A: Into<ScriptedReply>>(answers: impl IntoIterator<Item = A>) -> Recording {
    let model = ScriptedChatModel::new(answers).to_model();
    let recorder = EventRecorder::new();
    for question in ["one?", "two?"] {
        let config = RunConfig::new().listener(recorder.clone());
        // Ignore an error, because the recording contains it.
        drop(model.stream(question).config(config).concat().await);
    }
    recorder.recording()
}

#[tokio::test]
async fn a_recording_answers_each_prompt_with_its_chunks() {
    let recording = recorded(["first answer", "second"]).await;
    let model = ScriptedChatModel::from_recording(&recording).unwrap().to_model();
    assert_eq!(model.invoke("two?").await.unwrap().text(), "second");
    let chunks: Vec<_> =
        model.stream("one?").map(|chunk| chunk.unwrap().text().into_owned()).collect().await;
    assert_eq!(chunks, ["first", " ", "answer"]);

    let error = model.invoke("one?").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplayMismatch);
    assert!(error.message().contains("no further answer of a chat model (served 2)"), "{error}");
}

#[tokio::test]
async fn a_recording_answers_with_tool_calls_and_errors() {
    let call = ScriptedReply::tool_call("add", json!({"a": 1}));
    let fails =
        ScriptedReply::words("so far").error_after(2, Error::new(ErrorKind::Connection, "down"));
    let recording = recorded([call, fails]).await;
    let model = ScriptedChatModel::from_recording(&recording).unwrap().to_model();
    let answer = model.invoke("one?").await.unwrap();
    assert_eq!(answer.tool_calls().next().unwrap().args, json!({"a": 1}));
    let mut chunks = model.stream("two?");
    assert_eq!(chunks.next().await.unwrap().unwrap().text(), "so");
    assert_eq!(chunks.next().await.unwrap().unwrap().text(), " ");
    let error = chunks.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Connection, "down".to_owned()));
}

#[tokio::test]
async fn another_prompt_is_an_error_that_shows_the_difference() {
    let recording = recorded(["a", "b"]).await;
    let model = ScriptedChatModel::from_recording(&recording).unwrap().to_model();
    let error = model.invoke("three?").await.unwrap_err();
    assert!(error.message().contains("- messages[0].content: one?"), "{error}");
    assert!(error.message().contains("+ messages[0].content: three?"), "{error}");
}

#[test]
fn a_recording_without_a_model_is_an_error() {
    let error = ScriptedChatModel::from_recording(&Recording::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_replayed_run_equals_its_recording_and_a_changed_chain_does_not() {
    let ask = |question: &str, model: ChatModel| {
        prompt(format!("{question} {{topic}}?")).pipe(model).pipe(text())
    };
    let run = async |question: &str, model: ChatModel, config: RunConfig| {
        let recorder = EventRecorder::new();
        let config = config.listener(recorder.clone());
        let result = ask(question, model).invoke(dict! { topic: "cats" }).config(config).await;
        (result, recorder.recording())
    };
    let model = ScriptedChatModel::new(["They purr."]).to_model();
    let (_, recording) = run("What about", model, RunConfig::new()).await;

    let unused = || ScriptedChatModel::new([""; 0]).to_model();
    let replay = Replay::new(&recording);
    let (result, again) = run("What about", unused(), replay.config()).await;
    assert_eq!(result.unwrap(), "They purr.");
    assert_same_run(&recording, &again);

    let (result, changed) = run("Why", unused(), Replay::new(&recording).config()).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ReplayMismatch);
    let panic = catch_unwind(AssertUnwindSafe(|| assert_same_run(&recording, &changed)));
    let message = panic.unwrap_err().downcast::<String>().unwrap();
    let start = "the run differs from its recording: the first difference is in \
                 `RunnableSequence > ChatPromptTemplate` (seq:step:1): the outputs differ:";
    assert!(message.starts_with(start), "{message}");
}

#[tokio::test]
async fn text_models_and_embeddings_are_replayed() {
    let (script, vectors) =
        (ScriptedTextModel::new(["once upon a time"]), ScriptedEmbeddings::new(8));
    let embed = lambda(|text: String| vec![text]).pipe(vectors.to_model());
    let chain = script.to_model().pipe(embed);
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    let first = chain.invoke("begin").config(config).await.unwrap();

    let replay = Replay::new(&recorder.recording());
    assert_eq!(chain.invoke("begin").config(replay.config()).await.unwrap(), first);
    assert_eq!((script.prompts().len(), vectors.texts().len()), (1, 1), "nothing was called again");
    replay.verify().unwrap();
}

#[tokio::test]
async fn a_replayed_tool_does_not_call_the_model_inside_it() {
    let script = ScriptedChatModel::new(["inner answer"]);
    let inner = script.to_model().pipe(text());
    let ask = tool("ask", "Asks.", move |(): (), cx| {
        let inner = inner.clone();
        async move { inner.invoke("inner?").config(&cx).await }
    });
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    let first = ask.invoke(json!({})).config(config).await.unwrap();

    let replay = Replay::new(&recorder.recording());
    assert_eq!(ask.invoke(json!({})).config(replay.config()).await.unwrap(), first);
    assert_eq!(script.prompts().len(), 1);
    replay.verify().unwrap();
}
