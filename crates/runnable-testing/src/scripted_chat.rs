//! A scripted chat model.

use std::borrow::Cow;

use futures_util::stream;
use runnable_chat::{
    AiMessage, ChatModel, PromptValue,
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{ChunkStream, Chunked, Result, RunContext};
use runnable_events::Recording;

use crate::{
    ScriptedReply,
    recorded_script::RecordedScript,
    script::{Script, script_setters},
};

/// A chat model for tests, which answers from a script and records its requests.
///
/// Each call takes the next answer of the script, in the order in which the calls are first polled.
/// When no answers are left, a call fails, so that a test detects unexpected calls. To answer any
/// number of calls, use [`repeat_last`](Self::repeat_last).
///
/// A clone is a handle to the same script.
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_testing::{ScriptedReply, ScriptedChatModel};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let answers = [ScriptedReply::complete("Paris"), ScriptedReply::words("No idea")];
/// let script = ScriptedChatModel::new(answers);
/// let model = script.to_model();
///
/// assert_eq!(model.invoke("Capital of France?").await?.text(), "Paris");
/// assert_eq!(model.invoke("Capital of Atlantis?").await?.text(), "No idea");
/// assert!(model.invoke("Capital of Mu?").await.is_err());
/// assert_eq!(script.prompts()[1].messages, [human("Capital of Atlantis?")]);
/// # Ok(())
/// # }
/// ```
#[doc(alias("GenericFakeChatModel", "FakeListChatModel", "FakeMessagesListChatModel"))]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct ScriptedChatModel {
    name: Cow<'static, str>,
    streams: bool,
    script: Script<ChatRequest>,
}

impl ScriptedChatModel {
    /// Creates a model with these answers, one per call.
    pub fn new<A: Into<ScriptedReply>>(answers: impl IntoIterator<Item = A>) -> Self {
        let (name, script) = (Cow::Borrowed("ScriptedChatModel"), Script::new(answers));
        Self { name, streams: true, script }
    }

    /// Creates a model that answers each request with the result of a function.
    ///
    /// Use this constructor if the order of the calls is unknown, as in a batch, or if the answers
    /// depend on the requests.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let script = ScriptedChatModel::from_fn(|request| request.prompt.text().to_uppercase());
    /// let shout = script.to_model().pipe(text());
    ///
    /// let answers = shout.batch(["a", "b"]).await;
    /// assert_eq!(answers.into_iter().collect::<Result<Vec<_>>>()?, ["A", "B"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_fn<A: Into<ScriptedReply>>(
        answer: impl Fn(&ChatRequest) -> A + Send + Sync + 'static,
    ) -> Self {
        let (name, script) = (Cow::Borrowed("ScriptedChatModel"), Script::from_fn(answer));
        Self { name, streams: true, script }
    }

    /// Creates a model that returns the answers of all chat models of a recording.
    ///
    /// For each prompt, the model returns the first unused answer to the same prompt, with the
    /// recorded chunks or the recorded error, and without delays. To replay an existing chain with
    /// its own models, use [`Replay`](runnable_events::Replay).
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if the recording has no run
    /// of a chat model, or if an answer cannot be read. A call with another prompt fails with
    /// [`ReplayMismatch`](runnable_core::ErrorKind::ReplayMismatch), and the message shows the
    /// lines that differ.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_testing::{EventRecorder, ScriptedChatModel};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let recorder = EventRecorder::new();
    /// let config = RunConfig::new().listener(recorder.clone());
    /// ScriptedChatModel::new(["Paris"]).to_model().invoke("France?").config(config).await?;
    ///
    /// let model = ScriptedChatModel::from_recording(&recorder.recording())?.to_model();
    /// assert_eq!(model.invoke("France?").await?.text(), "Paris");
    /// let error = model.invoke("Spain?").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::ReplayMismatch);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_recording(recording: &Recording) -> Result<Self> {
        let script = RecordedScript::of(recording)?;
        Ok(Self::from_fn(move |request| script.answer(request)))
    }

    script_setters!();

    /// Returns a [`ChatModel`] that answers from this script.
    pub fn to_model(&self) -> ChatModel {
        ChatModel::new(self.clone())
    }

    /// Returns the prompts of all requests, in order.
    pub fn prompts(&self) -> Vec<PromptValue> {
        self.requests().into_iter().map(|request| request.prompt).collect()
    }

    /// Returns all requests, in order. A request contains the prompt and the options.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.script.requests()
    }
}

impl ChatProvider for ScriptedChatModel {
    fn run_name(&self) -> &str {
        &self.name
    }

    fn supports_streaming(&self) -> bool {
        self.streams
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let chunks = ChunkStream::new(self.script.answer(&*self.name, request));
        if self.streams {
            return chunks;
        }
        let whole = async { chunks.concat().await.map(AiMessage::into_chunk) };
        ChunkStream::new(stream::once(whole))
    }
}
