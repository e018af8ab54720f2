//! What the chains of the cases are made of.

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

/// Streams its answer word by word, blanks being chunks of their own.
pub(crate) fn model(answer: &str) -> ChatModel {
    ScriptedChatModel::new([answer]).to_model()
}

/// Streams exactly these pieces.
pub(crate) fn chunk_model<const N: usize>(pieces: [&str; N]) -> ChatModel {
    ScriptedChatModel::new([ScriptedReply::chunks(pieces)]).with_run_name("ChunkModel").to_model()
}

pub(crate) fn greeting() -> ChatPromptTemplate {
    prompt((system("You are terse."), human_template("Say hi to {topic}")))
}

pub(crate) fn cats() -> Dict {
    dict! { topic: "cats" }
}

/// All that a call gives: its events, and the error that ended it.
pub(crate) async fn all<O: Chunked>(events: EventStream<O>) -> Vec<Result<StreamEvent>> {
    events.collect().await
}

/// The error of a function of the user's: what a `ValueError` is in the reference.
pub(crate) fn value_error(message: impl Into<String>) -> Error {
    Error::other(message.into())
}
