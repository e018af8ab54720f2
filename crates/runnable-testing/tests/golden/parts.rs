//! Parts of the chains of the golden cases.

use futures::StreamExt;
use runnable_chat::prelude::*;
use runnable_events::{EventStream, StreamEvent};
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
pub(crate) async fn all<O: Chunked>(events: EventStream<O>) -> Vec<Result<StreamEvent>> {
    events.collect().await
}

/// An error of a user's function, which corresponds to a `ValueError` in Python.
pub(crate) fn value_error(message: impl Into<String>) -> Error {
    Error::other(message.into())
}
