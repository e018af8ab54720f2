//! [`assert_same_run`]: compares a new run with a recording.

use runnable_events::{Recording, RecordingDiff};

/// Asserts that two recordings contain the same runs: the same names, kinds and positions, in the
/// same order, with the same inputs, outputs and outcomes.
///
/// Times, tokens, chunks, the IDs of messages and the order of concurrent runs are not compared.
/// See [`RecordingDiff`].
///
/// With a [`Replay`](runnable_events::Replay), a recording of a failed run becomes a test that
/// needs no model.
///
/// # Panics
///
/// Panics if the recordings differ. The message starts with the first difference.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_events::Replay;
/// use runnable_testing::{EventRecorder, ScriptedChatModel, assert_same_run};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let chain = |model: ChatModel| prompt("Say hi to {topic}").pipe(model).pipe(text());
/// let recorder = EventRecorder::new();
/// let model = ScriptedChatModel::new(["Hello you"]).to_model();
/// let config = RunConfig::new().listener(recorder.clone());
/// chain(model).invoke(dict! { topic: "cats" }).config(config).await?;
/// // In a test, load the recording: `Recording::load("tests/failed.jsonl")?`.
/// let recording = recorder.recording();
///
/// // A model that must not be called.
/// let model = ScriptedChatModel::new([""; 0]).to_model();
/// let (replay, recorder) = (Replay::new(&recording), EventRecorder::new());
/// let config = replay.config().listener(recorder.clone());
/// let answer = chain(model).invoke(dict! { topic: "cats" }).config(config).await?;
/// assert_eq!(answer, "Hello you");
/// assert_same_run(&recording, &recorder.recording());
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn assert_same_run(expected: &Recording, actual: &Recording) {
    let diff = RecordingDiff::between(expected, actual);
    assert!(diff.is_same(), "the run differs from its recording: {diff}");
}
