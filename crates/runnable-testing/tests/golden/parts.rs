//! Parts of the chains of the golden cases.

use std::{
    collections::HashSet,
    io::{self, BufReader},
    thread,
};

use futures::StreamExt;
use runnable_chat::prelude::*;
use runnable_events::{EventStream, RecordedEvent, Recorder, Recording, StreamEvent};
use runnable_testing::{ScriptedChatModel, ScriptedReply};

pub(crate) async fn add_one(n: i64, _: RunContext) -> Result<i64> {
    Ok(n + 1)
}

pub(crate) async fn double(n: i64, _: RunContext) -> Result<i64> {
    Ok(n * 2)
}

/// A model that streams its answer word by word, with spaces as separate chunks.
pub(crate) fn model(answer: &str) -> ChatModel {
    ScriptedChatModel::new([answer]).to_model()
}

/// A model that streams exactly these chunks.
pub(crate) fn chunk_model<const N: usize>(pieces: [&str; N]) -> ChatModel {
    ScriptedChatModel::new([ScriptedReply::chunks(pieces)]).with_run_name("ChunkModel").to_model()
}

pub(crate) fn greeting() -> ChatPromptTemplate {
    prompt((system("You are terse."), human_template("Say hi to {topic}")))
}

pub(crate) fn cats() -> Dict {
    dict! { topic: "cats" }
}

/// Returns the events of a call, and its error if it fails.
///
/// The call is also recorded. Each test of live events is therefore also a test of a recording: the
/// events that are loaded from it have the same form as the live events.
pub(crate) async fn all<O: Chunked>(events: EventStream<O>) -> Vec<Result<StreamEvent>> {
    let (reader, writer) = io::pipe().unwrap();
    // A pipe holds few events, so read it while the call writes to it.
    let recording = thread::spawn(|| Recording::read(BufReader::new(reader)).unwrap());
    let recorder = Recorder::new(writer);
    let items: Vec<_> = events.config(RunConfig::new().listener(recorder.clone())).collect().await;
    recorder.finish().unwrap();
    drop(recorder);
    let recording = recording.join().unwrap();
    assert!(recording.broken_lines().is_empty() && recording.unfinished().is_empty());
    assert_eq!(recording.missing_events(), 0);

    // A recording has the events of all runs, also if the stream has filters.
    let live: Vec<_> = items.iter().flatten().collect();
    let runs: HashSet<_> = live.iter().map(|event| event.run.id.to_string()).collect();
    let has_live = |event: &&RecordedEvent| {
        let is_detail = matches!(event.data.event(), "retry" | "fallback" | "wait" | "report");
        !is_detail && runs.contains(&event.run_id)
    };
    let recorded = recording.events().iter().filter(has_live);
    let recorded: Vec<_> = recorded.map(RecordedEvent::to_langchain_v2).collect();
    let live: Vec<_> = live.into_iter().map(StreamEvent::to_langchain_v2).collect();
    assert_eq!(recorded, live);
    items
}

/// An error of a user's function, which corresponds to a `ValueError` in Python.
pub(crate) fn value_error(message: impl Into<String>) -> Error {
    Error::other(message.into())
}
